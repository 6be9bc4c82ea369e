"""Places in the menu and panels on pages, registered by the domains that own them."""

from __future__ import annotations

from dataclasses import dataclass, field

from infosoc.kernel.permission import Permission


@dataclass(frozen=True)
class Entry:
    """One place in the menu. `label` is a message id; `icon` a name in templates/components/icons.html.

    `goto` is the letter after `g`; `shortcut` a single key; `dialog` says that it opens over the page.
    The pages of the endpoint's own blueprint belong to the place, and those of the blueprints in `also`.
    """

    label: str
    endpoint: str
    permission: Permission
    icon: str
    goto: str = ""
    shortcut: str = ""
    dialog: bool = False
    also: tuple[str, ...] = ()


@dataclass
class Group:
    label: str
    order: int
    entries: list[Entry] = field(default_factory=list)


@dataclass
class Navigation:
    """The registry of one application, kept in `app.extensions["navigation"]`."""

    groups: dict[str, Group] = field(default_factory=dict)
    quick_add: list[Entry] = field(default_factory=list)
    panels: dict[str, list[Entry]] = field(default_factory=dict)

    def add(self, group: str, order: int, *entries: Entry) -> None:
        """Add places to a group of the menu; groups are shown by order."""
        self.groups.setdefault(group, Group(group, order)).entries.extend(entries)

    def add_quick(self, *entries: Entry) -> None:
        """Add to what the `+` menu makes."""
        self.quick_add.extend(entries)

    def add_panel(self, page: str, *entries: Entry) -> None:
        """Add a panel that a page loads with hx-get; higher domains hang theirs on lower ones' pages so."""
        self.panels.setdefault(page, []).extend(entries)
