"""Every command once: bindings, key line, palette and help all come from here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from textual.binding import BindingType


class Command(NamedTuple):
    """Something a person can ask for from anywhere on the main screen.

    Args:
        id: A stable name, for people's own key maps.
        keys: Textual's names of its keys, the usual one first.
        shown: The keys as people write them.
        label: One or two words for key line and palette.
        help: One sentence.
        action: The screen's or app's action.
        in_line: The keys as the key line writes them; empty where it leaves them out.
        in_palette: Whether the palette offers it.
    """

    id: str
    keys: str
    shown: str
    label: str
    help: str
    action: str
    in_line: str = ""
    in_palette: bool = True


# fmt: off
COMMANDS = (
    Command("help", "question_mark,f1,h", "?", "Help", "Explain what has the focus: its numbers and its keys.", "dialog('help')", "?"),
    Command("filter", "slash", "/", "Find", "Find a model by name, kind, size, licence or whether it fits.", "filter", "/"),
    Command("fewer", "left_square_bracket", "[", "Fewer users", "Move the cursor of all charts to fewer users.", "cursor(-1)", in_palette=False),
    Command("more", "right_square_bracket", "]", "Users", "Move the cursor of all charts to more users.", "cursor(1)", "[ ]", in_palette=False),
    Command("fixes", "f", "f", "Fix or raise", "Choose among changes that make the plan fit, or raise its next limit.", "dialog('fixes')", "f"),
    Command("undo", "z", "z", "Undo", "Take the last choice back.", "undo", "z"),
    Command("redo", "Z", "Z", "Redo", "Make the choice again that was taken back.", "redo"),
    Command("automatic", "x", "x", "Automatic", "Let the field in focus follow model, engine and rack again.", "automatic", in_palette=False),
    Command("pin", "p", "p", "Pin", "Keep this plan beside the ones that follow, up to four; pressed again, let it go.", "dialog('pin')", "p"),
    Command("compare", "c", "c", "Compare", "Set the pinned plans and this one side by side: differences, curves, files of plans.", "dialog('compare')"),
    Command("why", "w", "w", "Why", "Derive every number of this plan, step by step.", "dialog('sheets', 'w')", "w"),
    Command("evidence", "e", "e", "Evidence", "Published measurements that are nearest to this plan, and what is predicted for them.", "dialog('sheets', 'e')"),
    Command("accuracy", "A", "A", "Accuracy", "How far predictions are from published measurements, by engine and device, and what is not modelled.", "dialog('sheets', 'A')"),
    Command("profile", "C", "C", "Own profile", "Let speeds follow a profile of your own measurements, which calibrate saves, or the shipped constants alone.", "dialog('profiles')"),
    Command("money", "m", "m", "Money", "What it costs: rent, buy or API, energy, margins.", "dialog('sheets', 'm')"),
    Command("users", "u", "u", "Users", "From people and targets to requests at once, and what breaks first.", "dialog('sheets', 'u')"),
    Command("people", "U", "U", "People", "Say who uses the service and what they are promised, and see how many this rack serves.", "dialog('people')"),
    Command("prices", "M", "M", "Prices", "Change what is assumed about costs: rent, purchase, power, API, utilisation.", "dialog('prices')"),
    Command("cost-chart", "dollar_sign", "$", "Cost chart", "Draw the monthly cost of buying, renting and an API against the load.", "dialog('cost_chart')"),
    Command("search", "S", "S", "Search", "Find the racks, formats and layouts that serve this load within targets and a budget.", "dialog('search')"),
    Command("box", "b", "b", "Box", "List the models that this rack serves, at which format and how fast.", "dialog('box')"),
    Command("table", "T", "T", "Table", "Compare 7B to 130B models on CPU, gaming GPU, commercial GPU and Mac.", "dialog('table')"),
    Command("pools", "D", "D", "Pools", "Set prefill and decode on GPUs of their own beside the same GPUs doing both.", "dialog('pools')"),
    Command("machine", "a", "a", "Machine", "Host memory, cores, disk, network, power and rack space around the GPUs.", "dialog('sheets', 'a')"),
    Command("rules", "r", "r", "Rules", "Published rules of thumb beside what the exact model says.", "dialog('sheets', 'r')"),
    Command("library", "L", "L", "Library", "All models with every column, the models on this disk too; with the focus in the rack, all devices.", "dialog('library')"),
    Command("detail", "i", "i", "Details", "Every field of what has the focus, with its source.", "dialog('detail')"),
    Command("own", "n", "n", "Add own", "Add a model of your own, from a form or a file; with the focus in the rack, a device.", "dialog('own')"),
    Command("open", "o", "o", "Open", "Open a ready scenario, or one of your own.", "dialog('open')", "o"),
    Command("save", "s", "s", "Save", "Save this scenario as a file that can be read and changed.", "dialog('save')", "s"),
    Command("copy", "y", "y", "Copy command", "Copy the command line that gives this plan.", "copy"),
    Command("export", "E", "E", "Export", "Write a report, the curves or a picture of this screen into a file, or copy them.", "dialog('export')"),
    Command("next-caption", "greater_than_sign", ">", "Next caption", "Go to the next caption of the story, and to the plan that it is said of; while presenting, Page Down does too.", "turn(1)"),
    Command("previous-caption", "less_than_sign", "<", "Caption before", "Go to the caption before; while presenting, Page Up does too.", "turn(-1)"),
    Command("present", "P", "P", "Present", "Draw larger marks with fewer words, and show the captions of the scenario's story.", "present"),
    Command("reset", "R", "R", "Fresh start", "Leave what the last session left: plan, pins and theme as at a fresh start; z takes the plan back.", "dialog('reset')"),
    Command("shade", "t", "t", "Light or dark", "Change between a light and a dark theme.", "shade"),
    Command("theme", "ctrl+t", "^T", "Theme", "Choose among all themes, the terminal's own colours too.", "dialog('themes')"),
    Command("keys", "full_stop", ".", "Key line", "Hide or show the line of keys.", "keys"),
    Command("redraw", "ctrl+l", "^L", "Redraw", "Draw the whole screen again.", "redraw"),
    Command("jump", "ctrl+o", "^O", "Jump", "Show a letter at every field, and go to the one that is pressed.", "dialog('jump')"),
    Command("palette", "ctrl+p", "^P", "Commands", "Find any command by name.", "dialog('commands')", in_palette=False),
    Command("suspend", "ctrl+z", "^Z", "Suspend", "Go to the shell; fg comes back.", "app.suspend_process", in_palette=False),
    Command("back", "escape", "Esc", "Back", "Go back one level: out of a dialog, the filter, the zoom.", "back", in_palette=False),
    Command("quit", "q", "q", "Quit", "Leave roofrack.", "app.quit", "q"),
)
"""What works on the main screen, in the order in which help and key line name it."""

MOVING = (
    Command("next-pane", "tab", "Tab", "Next pane", "Go to the next pane; Shift+Tab goes back.", "pane(1)", in_palette=False),
    Command("previous-pane", "shift+tab", "⇧Tab", "Pane before", "Go to the pane before.", "pane(-1)", in_palette=False),
    Command("down", "down,j", "j ↓", "Down", "Go to the next field or row.", "field(1)", in_palette=False),
    Command("up", "up,k", "k ↑", "Up", "Go to the field or row before.", "field(-1)", in_palette=False),
)
"""How to get around."""

COMPARING = (
    Command("compare-back", "escape,q,c", "Esc", "Back", "Go back to the main screen.", "back", "Esc"),
    Command("compare-help", "question_mark,f1", "?", "Help", "Explain this screen.", "help", "?"),
    Command("compare-next", "right,l,tab", "→", "Plan", "Point at the next plan; ← goes back.", "column(1)", "→"),
    Command("compare-previous", "left,h,shift+tab", "←", "Plan before", "Point at the plan before.", "column(-1)"),
    Command("compare-swap", "enter", "Enter", "Swap", "Put this plan on screen, and the one on screen in its place.", "swap", "Enter"),
    Command("compare-unpin", "x,delete", "x", "Unpin", "Let this plan go.", "unpin", "x"),
    Command("compare-best", "b", "b", "Best", "Compare each at its own most users within the targets, or all at the cursor.", "yardstick", "b"),
    Command("compare-quantity", "v", "v", "Curve", "Draw tokens/s in all, for each, TPOT or TTFT.", "quantity", "v"),
    Command("compare-more", "right_square_bracket", "]", "Users", "Move the cursor to more users.", "cursor(1)", "[ ]"),
    Command("compare-fewer", "left_square_bracket", "[", "Fewer users", "Move the cursor to fewer users.", "cursor(-1)"),
    Command("compare-save", "s", "s", "Save", "Save all columns as one file.", "save", "s"),
    Command("compare-copy", "y", "y", "Copy", "Copy the comparison as Markdown.", "copy", "y"),
    Command("compare-open", "o", "o", "Open", "Pin the plans of a file instead of these.", "open", "o"),
    Command("compare-name", "n", "n", "Name", "Give this plan a name.", "rename", "n"),
    Command("compare-left", "less_than_sign", "<", "Order", "Move this plan to the left; the others are measured against the first.", "order(-1)", "< >"),
    Command("compare-right", "greater_than_sign", ">", "To the right", "Move this plan to the right.", "order(1)"),
    Command("compare-pin", "p", "p", "Pin", "Pin the plan on screen, or let it go.", "pin", "p"),
)
"""What works on the screen of comparisons."""
# fmt: on

ALL_COMMANDS = (*MOVING, *COMMANDS)


def bindings(*groups: tuple[Command, ...]) -> list[BindingType]:
    """Textual's bindings for commands.

    Args:
        groups: Commands.
    """
    from textual.binding import Binding  # the registry itself is read without Textual, to check a configuration

    return [
        Binding(
            command.keys,
            command.action,
            command.label,
            show=bool(command.in_line),
            key_display=command.shown,
            id=command.id,
        )
        for group in groups
        for command in group
    ]


def line_keys(commands: Iterable[Command], without: Sequence[str] = ()) -> list[tuple[str, str, str]]:
    """What the key line says: the keys as written, the label, and the key that a click presses.

    Args:
        commands: All of them, with the keys that they have.
        without: Ids of commands that mean nothing at the moment.
    """
    return [
        (command.in_line, command.label, command.keys.partition(",")[0])
        for command in commands
        if command.in_line and command.id not in without
    ]
