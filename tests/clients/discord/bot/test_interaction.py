"""What Discord sends of a question is read whole, whatever shape it has."""

from typing import Any

from clients.discord.asked.interaction import Kind, read

MEMBER = {
    "user": {"id": "5", "username": "ada", "global_name": "Ada"},
    "nick": None,
    "roles": ["8", "9"],
    "permissions": "32",
}


def told(kind: int, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    place = {"guild_id": "1", "guild_locale": "de", "channel_id": "2", "member": MEMBER}
    known = {"id": "3", "token": "t", "application_id": "4", "type": kind, "locale": "de", "data": data}
    return known | place | more


def test_a_command_deep_within_a_group_is_known_by_its_whole_name() -> None:
    inner = {"name": "give", "type": 1, "options": [{"name": "amount", "type": 4, "value": 15, "focused": True}]}
    group = {"name": "tickets", "type": 2, "options": [inner]}
    asked = read(told(2, {"id": "7", "name": "raffle-admin", "type": 1, "options": [group]}))
    assert asked is not None
    assert (asked.command, asked.options, asked.focused) == ("raffle-admin tickets give", {"amount": 15}, "amount")
    assert (asked.user, asked.user_name, asked.roles, asked.permissions) == ("5", "Ada", ("8", "9"), 32)
    assert asked.guild == "1", "the library says that a guild is none"
    assert (asked.acting.interaction, asked.acting.guild, asked.acting.permissions) == ("3", "1", 32)


def test_forms_of_labels_with_any_field_and_of_rows_are_read() -> None:
    label = {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": "prize", "value": "25"}}
    chosen = {"type": 18, "id": 3, "component": {"type": 8, "id": 4, "custom_id": "channel", "values": ["77"]}}
    row = {"type": 1, "components": [{"type": 4, "custom_id": "title", "value": "Mug"}]}
    asked = read(told(5, {"custom_id": "rg1:raffle:start", "components": [label, chosen, row]}))
    assert asked is not None
    assert asked.fields == {"prize": "25", "channel": ("77",), "title": "Mug"}


def test_a_click_in_direct_messages_has_no_server() -> None:
    user = {"id": "5", "username": "ada", "global_name": None}
    asked = read({**told(3, {"custom_id": "rg1:help:page"}), "member": None, "user": user, "guild_id": None})
    assert asked is not None
    assert (asked.kind, asked.user_name, asked.guild, asked.acting.roles) == (Kind.COMPONENT, "ada", None, ())


def test_people_and_roles_in_options_are_known_by_name() -> None:
    resolved = {
        "users": {"6": {"id": "6", "username": "bob", "global_name": "Bob"}},
        "members": {"6": {"nick": "Bobby"}},
        "roles": {"8": {"name": "Regular"}},
    }
    option = {"name": "member", "type": 6, "value": "6"}
    asked = read(told(2, {"id": "7", "name": "watchtime", "type": 1, "options": [option], "resolved": resolved}))
    assert asked is not None
    assert asked.names == {"6": "Bobby", "8": "Regular"}


def test_a_kind_that_nobody_knows_yet_is_left_alone() -> None:
    assert read(told(99, {})) is None
