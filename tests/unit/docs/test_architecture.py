"""The picture of the architecture is made from the Compose file, and shows what a YAML parser reads there."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from ruamel.yaml import YAML

from docs import architecture

COMPOSE_TEXT = architecture.COMPOSE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def parsed() -> dict:
    return YAML(typ="safe").load(COMPOSE_TEXT)


@pytest.fixture(scope="module")
def stack() -> architecture.Stack:
    return architecture.read(COMPOSE_TEXT)


def test_committed_picture_is_what_the_script_draws(stack: architecture.Stack) -> None:
    drawn = architecture.draw(stack)

    assert architecture.PICTURE.read_text(encoding="utf-8") == drawn, "run: python3 docs/architecture.py"


def test_picture_is_well_formed_and_names_every_service(stack: architecture.Stack, parsed: dict) -> None:
    picture = ElementTree.fromstring(architecture.draw(stack))  # noqa: S314  (our own text)

    words = {element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")}

    assert set(parsed["services"]) <= words


def test_networks_of_each_service_are_read_as_yaml_reads_them(stack: architecture.Stack, parsed: dict) -> None:
    assert {service.name: list(service.networks) for service in stack.services} == {
        name: service.get("networks", []) for name, service in parsed["services"].items()
    }


def test_dependencies_are_read_as_yaml_reads_them(stack: architecture.Stack, parsed: dict) -> None:
    assert {service.name: set(service.after) for service in stack.services} == {
        name: set(service.get("depends_on", {})) for name, service in parsed["services"].items()
    }


def test_one_shots_are_the_services_that_compose_does_not_restart(stack: architecture.Stack, parsed: dict) -> None:
    assert {service.name for service in stack.services if service.one_shot} == {
        name for name, service in parsed["services"].items() if "restart" not in service
    }


def test_volumes_are_read_as_yaml_reads_them(stack: architecture.Stack, parsed: dict) -> None:
    named = set(parsed["volumes"])

    assert {service.name: set(service.volumes) for service in stack.services} == {
        name: {mount.split(":")[0] for mount in service["volumes"] if isinstance(mount, str)} & named
        for name, service in parsed["services"].items()
    }


def test_internal_networks_are_read_as_yaml_reads_them(stack: architecture.Stack, parsed: dict) -> None:
    assert {network.name: network.internal for network in stack.networks} == {
        name: network.get("internal", False) for name, network in parsed["networks"].items()
    }


def test_published_ports_are_the_gateways_only(stack: architecture.Stack, parsed: dict) -> None:
    assert {service.name for service in stack.services if service.ports} == {
        name for name, service in parsed["services"].items() if "ports" in service
    }
    assert len([port for service in stack.services for port in service.ports]) == len(
        parsed["services"]["gateway"]["ports"]
    )


def test_start_order_puts_each_service_after_what_it_depends_on(stack: architecture.Stack) -> None:
    waves = architecture.start_order(stack.services)

    wave_of = {name: index for index, wave in enumerate(waves) for name in wave}

    assert all(wave_of[needed] < wave_of[service.name] for service in stack.services for needed in service.after)


def test_unknown_form_of_networks_is_an_error() -> None:
    block_list = "services:\n  odd:\n    <<: *service\n    networks:\n      - front\nnetworks:\n  front: {}\n"

    with pytest.raises(ValueError, match="service odd"):
        architecture.read(block_list)


def test_dependency_cycle_is_an_error() -> None:
    service = architecture.Service("a", "", False, (), (), (), ("a",))

    with pytest.raises(ValueError, match="cycle"):
        architecture.start_order((service,))


def test_check_refuses_an_old_picture(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "architecture.svg"
    old.write_text("<svg/>", encoding="utf-8")
    monkeypatch.setattr(architecture, "PICTURE", old)

    assert architecture.main(["--check"]) == 1
    assert "next: python3 docs/architecture.py" in capsys.readouterr().err
