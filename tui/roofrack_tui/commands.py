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
        first: Whether it comes before what the field in focus makes of its keys, such as letters.
    """

    id: str
    keys: str
    shown: str
    label: str
    help: str
    action: str
    in_line: str = ""
    in_palette: bool = True
    first: bool = False


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
    Command("why", "w", "w", "Why", "Derive every number of this plan, step by step.", "dialog('sheets', 'why')", "w"),
    Command("evidence", "e", "e", "Evidence", "Published measurements that are nearest to this plan, and what is predicted for them.", "dialog('sheets', 'evidence')"),
    Command("accuracy", "A", "A", "Accuracy", "How far predictions are from published measurements, by engine and device, and what is not modelled.", "dialog('sheets', 'accuracy')"),
    Command("profile", "C", "C", "Own profile", "Let speeds follow a profile of your own measurements, which calibrate saves, or the shipped constants alone.", "dialog('profiles')"),
    Command("money", "m", "m", "Money", "What it costs: rent, buy or API, energy, margins.", "dialog('sheets', 'money')"),
    Command("users", "u", "u", "Users", "From people and targets to requests at once, and what breaks first.", "dialog('sheets', 'users')"),
    Command("people", "U", "U", "People", "Say who uses the service and what they are promised, and see how many this rack serves.", "dialog('people')"),
    Command("prices", "M", "M", "Prices", "Change what is assumed about costs: rent, purchase, power, API, utilisation.", "dialog('prices')"),
    Command("cost-chart", "dollar_sign", "$", "Cost chart", "Draw the monthly cost of buying, renting and an API against the load.", "dialog('cost_chart')"),
    Command("search", "S", "S", "Search", "Find the racks, formats and layouts that serve this load within targets and a budget.", "dialog('search')"),
    Command("box", "b", "b", "Box", "List the models that this rack serves, at which format and how fast.", "dialog('box')"),
    Command("table", "T", "T", "Table", "Compare 7B to 130B models on CPU, gaming GPU, commercial GPU and Mac.", "dialog('table')"),
    Command("pools", "D", "D", "Pools", "Set prefill and decode on GPUs of their own beside the same GPUs doing both.", "dialog('pools')"),
    Command("machine", "a", "a", "Machine", "Host memory, cores, disk, network, power and rack space around the GPUs.", "dialog('sheets', 'machine')"),
    Command("rules", "r", "r", "Rules", "Published rules of thumb beside what the exact model says.", "dialog('sheets', 'rules')"),
    Command("library", "L", "L", "Library", "All models with every column, the models on this disk too; with the focus in the rack, all devices.", "dialog('library')"),
    Command("detail", "i", "i", "Details", "Every field of what has the focus, with its source.", "dialog('detail')"),
    Command("own", "n", "n", "Add own", "Add a model of your own, from a form or a file; with the focus in the rack, a device.", "dialog('own')"),
    Command("open", "o", "o", "Open", "Open a ready scenario, or one of your own.", "dialog('open')", "o"),
    Command("save", "s", "s", "Save", "Save this scenario as a file that can be read and changed.", "dialog('save')", "s"),
    Command("copy", "y", "y", "Copy command", "Copy the command line that gives this plan.", "copy"),
    Command("export", "E", "E", "Export", "Write a report, the curves or a picture of this screen into a file, or copy them.", "dialog('export')"),
    Command("next-caption", "greater_than_sign", ">", "Next caption", "Go to the next caption of the story, and to the plan that it is said of; while presenting, {remote-next} does too.", "turn(1)"),
    Command("previous-caption", "less_than_sign", "<", "Previous caption", "Go to the caption before; while presenting, {remote-previous} does too.", "turn(-1)"),
    Command("present", "P", "P", "Present", "Draw larger marks with fewer words, and show the captions of the scenario's story.", "present"),
    Command("reset", "R", "R", "Fresh start", "Begin anew: plan, pins and theme of a fresh start; {undo} brings the plan back.", "dialog('reset')"),
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
    Command("next-pane", "tab", "Tab", "Next pane", "Go to the next pane; {previous-pane} goes back.", "pane(1)", in_palette=False),
    Command("previous-pane", "shift+tab", "Shift+Tab", "Pane before", "Go to the pane before.", "pane(-1)", in_palette=False),
    Command("down", "down,j", "j ↓", "Down", "Go to the next field or row.", "field(1)", in_palette=False),
    Command("up", "up,k", "k ↑", "Up", "Go to the field or row before.", "field(-1)", in_palette=False),
)
"""How to get around."""

_ABOVE_THE_MAIN = (
    Command("export", "E", "E", "Export", "Write what this screen shows into a file, or copy it.", "app.export"),
    Command("redraw", "ctrl+l", "^L", "Redraw", "Draw the whole screen again.", "redraw"),
)

COMPARING = (
    Command("compare-back", "escape,q,c", "Esc", "Back", "Go back to the main screen.", "back", "Esc"),
    Command("compare-help", "question_mark,f1", "?", "Help", "Explain this screen.", "help", "?"),
    Command("compare-next", "right,l,tab", "→", "Plan", "Point at the next plan; {compare-previous} goes back.", "column(1)", "→"),
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
    *_ABOVE_THE_MAIN,
)
"""What works on the screen of comparisons."""

IN_DIALOGS = (
    Command("dialog-help", "question_mark,f1", "?", "Help", "Explain this screen and its numbers.", "help"),
    *_ABOVE_THE_MAIN,
)
"""What works on every screen above the main one; where somebody types, the letters among the keys are letters."""

BACK = Command("dialog-back", "escape,q", "Esc", "back", "Go back to the screen below.", "dismiss(None)", "Esc")
LEAVE = BACK._replace(keys="escape", label="goes back")

READING = (
    Command("down", "down,j", "j ↓", "Down", "Scroll down.", "scroll('scroll_down')"),
    Command("up", "up,k", "k ↑", "Up", "Scroll up.", "scroll('scroll_up')"),
    Command("page-down", "pagedown,space", "PgDn", "Page down", "Scroll down a page.", "scroll('scroll_page_down')"),
    Command("page-up", "pageup", "PgUp", "Page up", "Scroll up a page.", "scroll('scroll_page_up')"),
    Command("top", "home,g", "g", "Top", "Scroll to the top.", "scroll('scroll_home')"),
    Command("bottom", "end,G", "G", "Bottom", "Scroll to the bottom.", "scroll('scroll_end')"),
)
"""What works where there is text to read."""

_OPENING = (
    Command("search-open", "enter", "Enter", "opens", "Open the plan of this row.", "open", "Enter"),
    Command("search-edit", "e,slash", "e", "changes", "Change what is asked; every answer begins anew.", "edit", "e"),
)
_RANKING = (
    Command("search-sort", "s", "s", "sorts", "Sort by cost, GPUs, power or headroom.", "sort", "s"),
    Command("search-view", "v", "v", "chart", "Show the chart of cost against speed, or the table.", "view", "v"),
)
_HUNTING = (
    Command("search-copy", "y", "y", "command", "Copy the command line that gives the same answer.", "copy", "y"),
    Command("search-back", "escape", "Esc", "stops, back", "Stop what runs; else leave the form; else go back.", "back", "Esc"),
    Command("search-close", "q", "q", "Close", "Stop and go back.", "dismiss(None)"),
)
SEARCHING = (*_OPENING, *_RANKING, *_HUNTING)
BOXING = (*_OPENING, *_HUNTING)

TABLE = (
    Command("table-next", "right,l,tab", "→", "other numbers", "Show the next of the four numbers.", "turn(1)", "← →"),
    Command("table-previous", "left,h,shift+tab", "←", "Number before", "Show the number before.", "turn(-1)"),
    Command("table-markdown", "y,m", "y", "Markdown", "Copy the whole table as Markdown.", "copy('Markdown')", "y"),
    Command("table-csv", "c", "c", "CSV", "Copy the whole table as CSV.", "copy('CSV')", "c"),
    BACK,
)
POOLS = (
    Command("pools-more", "right,l,plus,equals_sign", "→", "split", "Give one GPU more to prefill.", "split(1)", "← →"),
    Command("pools-fewer", "left,h,minus", "←", "To decode", "Give one GPU more to decode.", "split(-1)"),
    Command("pools-best", "x", "x", "best split", "Go back to the best split.", "best", "x"),
    BACK,
)
COSTING = (
    Command("cost-take", "enter", "Enter", "takes it as utilisation", "Make the load under the cursor the plan's utilisation.", "take", "Enter"),
    BACK,
)
LIBRARY = (
    Command("library-detail", "f2,ctrl+o", "F2", "fields", "Show every field of this row, with its source.", "detail", "F2"),
    Command("library-sort", "f3,ctrl+t", "F3", "sorts", "Sort by the next quantity; the filter says which.", "sort", "F3"),
    Command("library-own", "f4", "F4", "adds own", "Add a model or a device of your own.", "own", "F4"),
    LEAVE,
)
EXPORTING = (
    Command("export-copy", "ctrl+y", "^Y", "copies instead", "Copy it through the terminal instead.", "copy", "^Y"),
    LEAVE,
)
WHY = (
    Command("why-next", "right,l,n", "→", "Next number", "Derive the next number.", "other(1)", "→"),
    Command("why-previous", "left,h,p", "←", "Number before", "Derive the number before.", "other(-1)"),
)
RULES = (Command("rules-published", "p", "p", "published examples", "Change between the rules for this plan and their own examples.", "published", "p"),)

LISTS = (
    Command("down", "down,j", "↓ j", "Down", "Go to the next row.", "cursor_down"),
    Command("up", "up,k", "↑ k", "Up", "Go to the row before.", "cursor_up"),
    Command("top", "home,g", "Home g", "First", "Go to the first row.", "first"),
    Command("bottom", "end,G", "End G", "Last", "Go to the last row.", "last"),
    Command("page-down", "pagedown", "PgDn", "Page down", "Go a page down.", "page_down"),
    Command("page-up", "pageup", "PgUp", "Page up", "Go a page up.", "page_up"),
    Command("take", "enter", "Enter", "", "Open what the row leads to.", "select"),
)
"""What works in a list that has the focus."""

LISTED = (
    Command("list-down", "down,ctrl+n", "↓ ^N", "Down", "Go to the next row while the filter keeps the focus.", "list('cursor_down')"),
    Command("list-up", "up,ctrl+b", "↑ ^B", "Up", "Go to the row before while the filter keeps the focus.", "list('cursor_up')"),
    Command("list-page-down", "pagedown", "PgDn", "Page down", "Go a page down while the filter keeps the focus.", "list('page_down')"),
    Command("list-page-up", "pageup", "PgUp", "Page up", "Go a page up while the filter keeps the focus.", "list('page_up')"),
)
"""What works in a list beside a field that one types in."""

FINDING = (
    Command("find-take", "enter", "Enter", "takes the first", "Take the first model of the list, or the file whose path was typed.", "submit", "Enter"),
    Command("find-list", "down", "↓", "list", "Go to the list and keep the filter.", "screen.field(1)", "↓"),
    Command("back", "escape", "Esc", "leaves it", "Empty the filter and go to the list.", "screen.back", "Esc"),
)
"""What works in the filter of the model list, where letters are letters."""

SLIDING = (
    Command("slide-left", "left,h", "←", "More bits", "Go to the format at the left.", "move(-1)", "←"),
    Command("slide-right", "right,l", "→", "Fewer bits", "Go to the format at the right.", "move(1)", "→"),
    Command("slide-first", "home,g", "Home g", "Most bits", "Go to the first format.", "end(-1)"),
    Command("slide-last", "end,G", "End G", "Fewest bits", "Go to the last format.", "end(1)"),
)
STEPPING = (
    Command("step-up", "right,l,plus,equals_sign", "+", "More", "Make the number larger.", "step(1)", "+"),
    Command("step-down", "left,h,minus,underscore", "-", "Less", "Make the number smaller.", "step(-1)", "-"),
    Command("step-type", "enter", "Enter", "Type a number", "Type the number, and take what was typed.", "type", "Enter"),
    Command("step-erase", "backspace", "Bksp", "Erase", "Take the last digit back.", "erase"),
    Command("back", "escape", "Esc", "Keep", "Forget the digits that were typed.", "forget"),
)
TYPING = {"type": "Take it", "forget": "Keep what was", "erase": "Erase"}
"""What the keys of such a field do while a number is being typed, by action."""

COUNTING = (
    Command("gpus-more", "plus,equals_sign", "+", "More GPUs", "One step more GPUs in each node, from every field without a number.", "count(1)", "+"),
    Command("gpus-fewer", "minus,underscore", "-", "Fewer GPUs", "One step fewer GPUs in each node.", "count(-1)", "-"),
)
CHOOSING = (
    Command("choose", "enter,space", "Enter", "Choose", "Open the list to choose from.", "open", "Enter"),
    Command("choose-previous", "left,h,minus", "← h -", "Previous", "Take the choice before.", "step(-1)"),
    Command("choose-next", "right,l,plus", "→ l +", "Next", "Take the next choice.", "step(1)"),
)
CHARTING = (
    Command("chart-fewer", "left,h", "←", "Cursor left", "Move the cursor to the left.", "move(-1)", "←"),
    Command("chart-more", "right,l", "→", "Cursor right", "Move the cursor to the right.", "move(1)", "→"),
    Command("chart-fewest", "home,g", "Home g", "Left end", "Move the cursor to the left end.", "end(-1)"),
    Command("chart-most", "end,G", "End G", "Right end", "Move the cursor to the right end.", "end(1)"),
    Command("zoom-in", "up,k", "↑ k", "Zoom in", "Show less of the axis, larger.", "zoom(1)"),
    Command("zoom-out", "down,j", "↓ j", "Zoom out", "Show more of the axis.", "zoom(-1)"),
    Command("zoom-whole", "0", "0", "Whole range", "Show all of the axis.", "zoom(0)"),
)
OVERLAYS = (Command("chart-quantity", "v", "v", "Other quantity", "Draw another quantity of the pinned plans.", "other_quantity"),)
SCROLLING = (
    Command("down", "down,j", "↓ j", "Down", "Scroll down.", "scroll_down"),
    Command("up", "up,k", "↑ k", "Up", "Scroll up.", "scroll_up"),
    Command("page-down", "pagedown", "PgDn", "Page down", "Scroll down a page.", "page_down"),
    Command("page-up", "pageup", "PgUp", "Page up", "Scroll up a page.", "page_up"),
)
SIDEWAYS = (
    Command("scroll-right", "right,l", "→ l", "Right", "Scroll to the right.", "scroll_right"),
    Command("scroll-left", "left,h", "← h", "Left", "Scroll to the left.", "scroll_left"),
)
FORM = (
    Command("form-next", "down", "↓", "next", "Go to the next question; Enter does so too.", "app.focus_next", "Enter ↓", first=True),
    Command("form-previous", "up", "↑", "Question before", "Go to the question before.", "app.focus_previous", first=True),
    Command("form-clear", "x", "x", "automatic", "Empty the answer; where words are asked for, it is a letter.", "clear", "x", first=True),
    Command("form-choice", "right", "→", "Next answer", "Take the next of the answers that are offered.", "choice(1)", first=True),
    Command("form-choice-previous", "left", "←", "Answer before", "Take the answer before.", "choice(-1)", first=True),
)
"""What works in a question of a form."""

OWN = (*FORM[:2], Command("own-save", "ctrl+s", "Ctrl+S", "saves", "Check it, save it and go back.", "save", "Ctrl+S"), LEAVE)

ASKING = (
    FORM[0]._replace(label="next, and search again"), FORM[1], FORM[2]._replace(label="empties"), *FORM[3:],
    _HUNTING[1]._replace(label="to what was found"),
)
"""What works in the form of a search."""

RESULT = (
    Command("result-down", "pagedown", "PgDn", "result", "Scroll the result beside the form.", "result('scroll_page_down')", "PgDn"),
    Command("result-up", "pageup", "PgUp", "Result up", "Scroll the result back.", "result('scroll_page_up')"),
)
REMOTE = (
    Command("remote-next", "pagedown", "PgDn", "Next caption", "Go to the next caption while presenting.", "remote(1)", first=True),
    Command("remote-previous", "pageup", "PgUp", "Previous caption", "Go to the caption before while presenting.", "remote(-1)", first=True),
)
"""What a presenter's remote sends, whatever has the focus."""
# fmt: on


def _elsewhere(action: str, *ids: str) -> tuple[Command, ...]:
    """Commands of the main screen with the same keys on another one.

    Args:
        action: What they do there; `{}` stands for the id.
        ids: Which.
    """
    named = {command.id: command for command in COMMANDS}
    return tuple(named[one]._replace(action=action.format(one), in_line="") for one in ids)


CLOSING = {one: _elsewhere("dismiss(None)", one) for one in ("help", "table", "pools", "cost-chart", "detail")}
CLOSING["detail"] += (LIBRARY[0]._replace(action="dismiss(None)", in_line=""),)
"""The key that opened a screen also closes it."""

TURNING = (
    Command("next-page", "tab", "Tab", "turns the page", "Turn to the next page; {page-before} turns back.", "turn(1)", "Tab"),
    Command("page-before", "shift+tab", "Shift+Tab", "Page before", "Turn to the page before.", "turn(-1)"),
    BACK._replace(label="goes back"),
    *_elsewhere("page('{}')", "why", "evidence", "money", "users", "machine", "rules", "accuracy"),
    *_elsewhere("leave_to('{}')", "people", "prices", "cost-chart"),
)  # fmt: skip

ALL_COMMANDS = (*MOVING, *COMMANDS)

SCREENS = (
    ALL_COMMANDS,
    (*REMOTE, *ALL_COMMANDS),
    (*OVERLAYS, *ALL_COMMANDS),
    (*COUNTING, *ALL_COMMANDS),
    COMPARING,
    (*SEARCHING, *IN_DIALOGS),
    (*TABLE, *READING, *CLOSING["table"], *IN_DIALOGS),
    (*POOLS, *READING, *CLOSING["pools"], *IN_DIALOGS),
    (*COSTING, *CLOSING["cost-chart"], *IN_DIALOGS),
    (*LIBRARY, *LISTED, *IN_DIALOGS),
    (*EXPORTING, *LISTED, *IN_DIALOGS),
    (LEAVE, *LISTED, *IN_DIALOGS),
    (*OWN, *FORM[2:], *IN_DIALOGS),
    (LEAVE, *FORM, *RESULT, *IN_DIALOGS),
    (BACK, *READING, *CLOSING["help"]),
    (BACK, *READING, *CLOSING["detail"], *IN_DIALOGS),
    (*TURNING, *WHY, *READING, *IN_DIALOGS),
    (*TURNING, *READING, *SIDEWAYS, *IN_DIALOGS),
    (*TURNING, *RULES, *LISTS, *IN_DIALOGS),
)
"""What works together: no key means two things on one screen."""

FIELDS = (
    *((field, ALL_COMMANDS) for field in (LISTS, FINDING, SLIDING, STEPPING, CHOOSING, CHARTING, SCROLLING)),
    (CHARTING, (*COSTING, *CLOSING["cost-chart"], *IN_DIALOGS)),
    *((field, (*SEARCHING, *IN_DIALOGS)) for field in (LISTS, CHARTING, ASKING)),
)
"""What works in a field, and the screen around it: where both have a key, it is the field's."""


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
            priority=command.first,
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
