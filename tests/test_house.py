"""The house around the code: documents, containers and commands agree with each other and with the code."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from graphql import build_schema, parse, validate

from clients.discord.settings import PREFIX, TOKEN, Settings
from server.environment import describe

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TARGETS = {
    "bot-pictures",
    "overlay-pictures",
    "help",
    "demo",
    "test",
    "test-postgres",
    "check",
    "format",
    "bench",
    "day",
    "migrate",
    "serve",
    "schema",
    "clean",
} | {"soak-copies"}
# Names that start like a setting but steer the test suite.
OF_THE_BOT = {TOKEN, *(PREFIX + name.upper() for name in Settings.model_fields)}
OF_THE_SUITE = {
    "REGULARS_TEST_DATABASE_URL",
    "REGULARS_TEST_REDIS_URL",
    "REGULARS_REQUIRE_ALL",
    "REGULARS_SCENARIO_RUNS",
}
COMMANDS = {
    "serve",
    "web",
    "worker",
    "demo",
    "migrate",
    "doctor",
    "token",
    "schema",
    "documents",
    "keys",
    "export",
    "slots",
} | {
    "invite",
    "setup-code",
    "service-key",
    "verify",
}


def text(*place: str) -> str:
    return ROOT.joinpath(*place).read_text(encoding="utf-8")


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A finished program of ours with exactly this environment beside the path."""
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    return subprocess.run(
        command, cwd=ROOT, env={"PATH": path, **environment}, capture_output=True, text=True, timeout=50, check=False
    )


def documented(document: Path) -> str:
    return document.read_text(encoding="utf-8")


by_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


# Commands


def test_make_help_names_every_target() -> None:
    listed = re.findall(r"^  make ([a-z-]+) +\S.*$", run("make").stdout, re.MULTILINE)
    assert set(listed) == TARGETS
    assert set(re.findall(r"^\.PHONY: (.+)$", text("Makefile"), re.MULTILINE)) == TARGETS | {"install"}


def test_the_readme_has_two_set_up_commands() -> None:
    shell = "".join(re.findall(r"```sh\n(.*?)```", text("README.md"), re.DOTALL))
    assert [line.partition("#")[0].strip() for line in shell.splitlines()] == ["make demo", "make test"]


@by_document
def test_a_document_names_only_commands_that_exist(document: Path) -> None:
    code = re.findall(r"```sh\n(.*?)```|`([^`\n]+)`", documented(document), re.DOTALL)
    lines = "\n".join(block or inline for block, inline in code)
    assert set(re.findall(r"^\s*make ([a-z-]+)", lines, re.MULTILINE)) <= TARGETS
    assert set(re.findall(r"(?<![/-])(?<!username )\bregulars ([a-z]+(?:-[a-z]+)?)\b", lines, re.MULTILINE)) <= COMMANDS


def test_the_check_of_everything_is_a_sound_script_that_skips_nothing() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111, "it can be started"
    assert run("bash", "-n", str(script)).returncode == 0
    assert "export REGULARS_REQUIRE_ALL=1" in script.read_text(encoding="utf-8")
    assert "://" not in re.sub(r"redis://127\.0\.0\.1", "", script.read_text(encoding="utf-8")), "no registry by name"


def test_a_skip_is_a_failure_where_everything_is_required(tmp_path: Path) -> None:
    suite = tmp_path / "test_skipping.py"
    suite.write_text("import pytest\n\ndef test_absent():\n    pytest.skip('no such machine')\n")
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.conftest",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "-q",
    )
    assert run(*command, str(suite)).returncode == 0
    required = run(*command, str(suite), REGULARS_REQUIRE_ALL="1")
    assert required.returncode == 1
    assert "allows no skips" in required.stdout


def test_a_given_postgres_is_handed_on_with_the_status_of_the_command() -> None:
    url = "postgres://nobody@127.0.0.1:1/nothing"
    show = "import os, sys; print(os.environ['REGULARS_TEST_DATABASE_URL']); sys.exit(7)"
    command = (sys.executable, "tests/with_postgres.py", sys.executable, "-c", show)
    finished = run(*command, REGULARS_TEST_DATABASE_URL=url)
    assert (finished.returncode, finished.stdout.splitlines()[-1]) == (7, url)


# Documents


def anchors(document: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", documented(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@by_document
def test_links_of_a_document_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", documented(document)):
        if "://" in link:
            continue
        place, _, anchor = link.partition("#")
        target = (document.parent / place).resolve() if place else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@by_document
def test_a_document_names_only_settings_that_exist(document: Path) -> None:
    named = set(re.findall(r"\bREGULARS_[A-Z_]+\b", documented(document)))
    assert named <= {setting.name for setting in describe()} | OF_THE_SUITE | OF_THE_BOT


def test_operations_in_the_documents_fit_the_schema() -> None:
    committed = [path.read_text(encoding="utf-8") for path in (ROOT / "server" / "schema").glob("*.graphql")]
    schema = build_schema("\n".join(committed) or "type Query { nothing: Boolean }")
    documents = "\n".join(map(documented, DOCUMENTS))
    bodies = re.findall(r"-d '(\{\"query\".*?\})'", documents, re.DOTALL)
    operations = re.findall(r"```graphql\n(.*?)```", documents, re.DOTALL)
    for operation in [*operations, *(json.loads(body)["query"] for body in bodies)]:
        assert not validate(schema, parse(operation)), operation


def test_decisions_are_numbered_without_gaps_and_have_one_shape() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    for number, record in enumerate(records, 1):
        lines = documented(record).splitlines()
        assert record.name.startswith(f"{number:04}-")
        assert lines[0].startswith(f"# {number:04}: ")
        assert re.fullmatch(r"Tags: .+\. Status: .+\.", lines[2])
        assert [line for line in lines if line.startswith("## ")] == ["## Question", "## Decision", "## What follows"]
        assert len(lines) <= 60, "half a page"


def test_the_picture_is_an_image_for_light_and_dark() -> None:
    picture = text("docs", "architecture.svg")
    root = ET.fromstring(picture)  # noqa: S314 - a file of our own, not a stranger's
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.find("{http://www.w3.org/2000/svg}desc") is not None
    assert "prefers-color-scheme: dark" in picture


def test_the_example_of_settings_is_in_step_with_the_settings() -> None:
    written = re.findall(r"((?:^# .*\n)+)#?(REGULARS_[A-Z_]+)=(.*)$", text(".env.example"), re.MULTILINE)
    shown = [(name, default, " ".join(meaning.replace("# ", "").split())) for meaning, name, default in written]
    expected = [(setting.name, setting.default, setting.meaning) for setting in describe()]
    assert [line[:2] for line in shown] == [line[:2] for line in expected]
    for (name, _, comment), (_, _, meaning) in zip(shown, expected, strict=True):
        assert comment.startswith(meaning), name


# Containers


def compose() -> dict[str, Any]:
    return yaml.safe_load(text("docker-compose.yml"))


def fits_compose_schema(path: Path) -> bool:
    """Whether a file fits the schema of the Compose specification, as the package check-jsonschema carries it.

    https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json
    """
    return run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(path)).returncode == 0


def test_the_compose_file_fits_the_compose_specification(tmp_path: Path) -> None:
    assert fits_compose_schema(ROOT / "docker-compose.yml")
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(text("docker-compose.yml").replace("cap_drop: [ALL]", "cap_drop: ALL"))
    assert not fits_compose_schema(broken), "the check sees a fault"


@pytest.mark.parametrize("service", ["server", "migrate", "postgres", "redis"])
def test_a_service_is_locked_down_and_reached_by_nobody_outside(service: str) -> None:
    settings = compose()["services"][service]
    assert settings["read_only"] is True
    assert settings["cap_drop"] == ["ALL"]
    assert settings["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in settings.get("ports", []))
    assert service == "server" or settings["networks"] == ["inside"]
    assert compose()["networks"]["inside"] == {"internal": True}


def test_the_server_starts_after_its_database_is_healthy_and_up_to_date() -> None:
    services = compose()["services"]
    assert {name: on["condition"] for name, on in services["server"]["depends_on"].items()} == {
        "migrate": "service_completed_successfully",
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }
    assert (services["migrate"]["command"], services["migrate"]["restart"]) == (["migrate"], "no")
    assert all("test" in services[name]["healthcheck"] for name in ("server", "postgres", "redis"))


def test_the_compose_file_holds_no_secret_and_every_volume_it_uses() -> None:
    for settings in compose()["services"].values():
        for name, value in settings.get("environment", {}).items():
            if re.search("SECRET|PASSWORD", name):
                assert value.startswith("${"), name
            assert re.search(r"://\w+:(?!\$\{)[^/@]*@", value) is None, name
    mounted = {
        mount.split(":")[0] for settings in compose()["services"].values() for mount in settings.get("volumes", [])
    }
    assert mounted == set(compose()["volumes"])


def test_the_image_runs_the_server_as_an_ordinary_user_and_asks_whether_it_is_ready() -> None:
    dockerfile = text("Dockerfile")
    final = dockerfile.rpartition("\nFROM ")[2]
    assert re.search(r"^USER 10001:10001$", final, re.MULTILINE)
    assert re.search(r"^EXPOSE 8080$", final, re.MULTILINE)
    assert re.search(r"^VOLUME /data$", final, re.MULTILINE)
    assert 'ENTRYPOINT ["regulars"]\nCMD ["serve"]' in final
    assert "HEALTHCHECK" in final
    assert "/readyz" in final
    bases = [base for base in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE) if ":" in base]
    assert {base.split(":")[0]: base.split(":")[1][0].isdigit() for base in bases} == {"node": True, "python": True}
    assert len({base for base in bases if base.startswith("python")}) == 1, "the environment fits the Python it runs on"
