"""Every command once: bindings, key line, palette and help all come from here."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType


@dataclass(frozen=True, slots=True)
class Command:
    """Something a person can ask for from anywhere on the main screen.

    Args:
        id: A stable name, for people's own key maps.
        keys: Textual's names of its keys, the usual one first.
        shown: The keys as people write them.
        label: One or two words for the key line.
        help: One sentence.
        action: The screen's or app's action.
        in_key_line: Whether the key line names it.
        in_palette: Whether the palette offers it.
    """

    id: str
    keys: str
    shown: str
    label: str
    help: str
    action: str
    in_key_line: bool = False
    in_palette: bool = True


COMMANDS = (
    Command("help", "question_mark,f1,h", "?", "Help", "Explain what has the focus: its numbers and its keys.", "help", in_key_line=True),
    Command("filter", "slash", "/", "Find", "Find a model by name.", "filter", in_key_line=True),
    Command("fewer", "left_square_bracket", "[", "Fewer", "Move the cursor of all charts to fewer users.", "cursor(-1)", in_palette=False),
    Command("more", "right_square_bracket", "[ ]", "Users", "Move the cursor of all charts to more users; [ moves it to fewer.", "cursor(1)", in_key_line=True, in_palette=False),
    Command("fixes", "f", "f", "Fixes", "Choose among the changes that would make the plan fit.", "fixes", in_key_line=True),
    Command("undo", "z", "z", "Undo", "Take the last choice back.", "undo", in_key_line=True),
    Command("redo", "Z", "Z", "Redo", "Make the choice again that was taken back.", "redo"),
    Command("open", "o", "o", "Open", "Open a ready scenario, or one of your own.", "open", in_key_line=True),
    Command("save", "s", "s", "Save", "Save this scenario as a file that can be read and changed.", "save", in_key_line=True),
    Command("copy", "y", "y", "Copy command", "Copy the command line that gives this plan.", "copy", in_key_line=True),
    Command("automatic", "x", "x", "Automatic", "Let the field under the focus follow the model, engine and rack again.", "automatic", in_palette=False),
    Command("present", "P", "P", "Present", "Draw larger marks with fewer words, for showing to others.", "present"),
    Command("shade", "t", "t", "Light or dark", "Change between a light and a dark theme.", "shade"),
    Command("keys", "full_stop", ".", "Key line", "Hide or show the line of keys.", "keys"),
    Command("redraw", "ctrl+l", "^L", "Redraw", "Draw the whole screen again.", "redraw"),
    Command("palette", "ctrl+p", "^P", "Commands", "Find any command by name.", "app.command_palette", in_palette=False),
    Command("back", "escape", "Esc", "Back", "Go back one level: from the filter to the list, from a dialog to the plan.", "back", in_palette=False),
    Command("quit", "q,ctrl+c", "q", "Quit", "Leave roofrack.", "app.quit", in_key_line=True),
)
"""What works on the main screen, in the order in which help and key line name it."""

MOVING = (
    Command("next-pane", "tab", "Tab", "Next pane", "Go to the next pane; Shift+Tab goes back.", "pane(1)", in_palette=False),
    Command("previous-pane", "shift+tab", "S-Tab", "Pane before", "Go to the pane before.", "pane(-1)", in_palette=False),
    Command("down", "down,j", "j", "Down", "Go to the next field of the pane.", "field(1)", in_palette=False),
    Command("up", "up,k", "k", "Up", "Go to the field before.", "field(-1)", in_palette=False),
)


def bindings(*groups: tuple[Command, ...]) -> list[BindingType]:
    """Textual's bindings for commands.

    Args:
        groups: Commands.
    """
    return [
        Binding(command.keys, command.action, command.label, show=command.in_key_line, key_display=command.shown, id=command.id)
        for group in groups
        for command in group
    ]
