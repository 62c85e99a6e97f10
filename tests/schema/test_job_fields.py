"""A client asks for every field of every job in one operation, without a second name for any."""

from collections import defaultdict

from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema

from server.resolvers.root import sdl


def test_a_field_has_one_type_in_all_jobs() -> None:
    schema = build_schema(sdl())
    job = schema.type_map["ClientJob"]
    assert isinstance(job, GraphQLInterfaceType)
    types: defaultdict[str, set[str]] = defaultdict(set)
    kinds = schema.get_possible_types(job)
    for kind in kinds:
        assert isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items():
            types[name].add(str(field.type))
    assert len(kinds) > 5
    assert not {name: found for name, found in types.items() if len(found) > 1}
