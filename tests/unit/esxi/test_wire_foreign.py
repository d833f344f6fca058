"""What clients other than pyVmomi see: raw XML, so that two ends of one library cannot agree on a mistake."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab.esxi.wire.inject import ConnectionDropped
from lab.esxi.wire.stack import COLLECTOR, SESSIONS
from tests.unit.esxi.wire_client import XSI, RawClient, RawFault
from tests.unit.esxi.wire_host import TinyHost

FILTER = (
    "<spec><propSet><type>{kind}</type><pathSet>{path}</pathSet></propSet>"
    '<objectSet><obj type="{kind}">{moid}</obj></objectSet></spec><partialUpdates>false</partialUpdates>'
)
RETRIEVE = (
    "<specSet><propSet><type>{kind}</type>{paths}</propSet>"
    '<objectSet><obj type="{kind}">{moid}</obj></objectSet></specSet><options/>'
)
NOW = "<options><maxWaitSeconds>0</maxWaitSeconds></options>"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[TinyHost]:
    made = TinyHost(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def client(host: TinyHost) -> RawClient:
    made = RawClient(host.server.port)
    made.login()
    return made


def create_filter(client: RawClient, collector: str, path: str, moid: str = "1") -> str:
    arguments = FILTER.format(kind="VirtualMachine", path=path, moid=moid)
    return client.call("CreateFilter", "PropertyCollector", collector, arguments).findtext("returnval") or ""


def create_collector(client: RawClient) -> str:
    return client.call("CreatePropertyCollector", "PropertyCollector", COLLECTOR).findtext("returnval") or ""


def wait(client: RawClient, collector: str, version: str = "", options: str = NOW) -> ElementTree.Element:
    arguments = f"<version>{version}</version>{options}"
    return client.call("WaitForUpdatesEx", "PropertyCollector", collector, arguments)


def retrieve_properties(client: RawClient, path: str) -> ElementTree.Element:
    arguments = RETRIEVE.format(kind="VirtualMachine", moid="1", paths=f"<pathSet>{path}</pathSet>")
    return client.call("RetrieveProperties", "PropertyCollector", COLLECTOR, arguments.replace("<options/>", ""))


def filters_in(answer: ElementTree.Element) -> list[str | None]:
    return [each.findtext("filter") for each in answer.iterfind("returnval/filterSet")]


# --- the four faults that a foreign client once found ---------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_chunked_request_is_understood(client, size):
    body = '<CurrentTime xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>'
    assert client.send(body, chunks=size).findtext("returnval", "").startswith("20")
    assert client.send(body).findtext("returnval", "").startswith("20")


def test_a_reference_inside_anytype_is_a_managed_object_reference(client):
    paths = "<pathSet>parent</pathSet>"
    arguments = RETRIEVE.format(kind="VirtualMachine", moid="1", paths=paths)
    answer = client.call("RetrievePropertiesEx", "PropertyCollector", COLLECTOR, arguments)
    value = answer.find("returnval/objects/propSet/val")
    assert (value.get(XSI + "type"), value.get("type"), value.text) == (
        "ManagedObjectReference",
        "Folder",
        "ha-folder-vm",
    )


def test_references_inside_anytype_are_an_array_of_managed_object_references(client):
    arguments = RETRIEVE.format(kind="Folder", moid="ha-folder-vm", paths="<pathSet>childEntity</pathSet>")
    answer = client.call("RetrievePropertiesEx", "PropertyCollector", COLLECTOR, arguments)
    value = answer.find("returnval/objects/propSet/val")
    assert value.get(XSI + "type") == "ArrayOfManagedObjectReference"
    assert [(each.tag, each.get("type"), each.text) for each in value] == [
        ("ManagedObjectReference", "VirtualMachine", moid) for moid in "123"
    ]


def test_filters_belong_to_their_collector_and_not_to_the_session(client):
    one, other = create_collector(client), create_collector(client)
    mine = create_filter(client, one, "name")
    assert filters_in(wait(client, other)) == []
    assert filters_in(wait(client, COLLECTOR)) == []
    assert filters_in(wait(client, one)) == [mine]


def test_destroying_a_collector_ends_its_filters(client):
    collector = create_collector(client)
    mine = create_filter(client, collector, "name")
    kept = create_filter(client, COLLECTOR, "name")
    client.call("DestroyPropertyCollector", "PropertyCollector", collector)
    for kind, operation, moid in (
        ("PropertyFilter", "DestroyPropertyFilter", mine),
        ("PropertyCollector", "DestroyPropertyCollector", collector),
    ):
        with pytest.raises(RawFault) as caught:
            client.call(operation, kind, moid)
        assert caught.value.kind == "ManagedObjectNotFound"
    assert filters_in(wait(client, COLLECTOR)) == [kept]


def test_destroying_a_collector_ends_the_wait_for_it(host, client):
    collector = create_collector(client)
    create_filter(client, collector, "name")
    version = wait(client, collector).findtext("returnval/version")
    other = RawClient(host.server.port)
    other.headers.update(client.headers)
    errors: list[RawFault] = []

    def wait_for_ever() -> None:
        try:
            wait(other, collector, version, "")
        except RawFault as exc:
            errors.append(exc)

    waiter = threading.Thread(target=wait_for_ever)
    waiter.start()
    [session] = host.sessions.active()
    while not session.calls_open:
        assert waiter.is_alive()
        threading.Event().wait(0.01)
    client.call("DestroyPropertyCollector", "PropertyCollector", collector)
    waiter.join(10)
    assert [each.kind for each in errors] == ["RequestCanceled"]


def test_a_client_may_name_the_namespace_by_any_prefix(client):
    body = (
        '<v:RetrieveProperties xmlns:v="urn:vim25"><v:_this type="v:PropertyCollector">ha-property-collector</v:_this>'
        '<v:specSet xsi:type="v:PropertyFilterSpec"><v:propSet><v:type>ManagedEntity</v:type><v:all>0</v:all>'
        '<v:pathSet>name</v:pathSet></v:propSet><v:objectSet><v:obj type="Folder">root</v:obj><v:skip>1</v:skip>'
        '<v:selectSet xmlns:w="urn:vim25" xsi:type="w:TraversalSpec"><v:name xsi:type="xsd:string">t</v:name>'
        "<v:type>Folder</v:type><v:path>childEntity</v:path></v:selectSet></v:objectSet></v:specSet>"
        "</v:RetrieveProperties>"
    )
    assert client.send(body).findtext("returnval/propSet/val") == "vm"


# --- envelopes that are wrong ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "not well formed"),
        (b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body>', "not well formed"),
        (b"\xff\xfe\x00", "not well formed"),
        (b"<a/>", "element a where Envelope of SOAP 1.1 belongs"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "no document type declaration"),
        (
            b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body/></S:Envelope>',
            "no operation",
        ),
    ],
)
def test_what_is_no_envelope_is_an_invalid_request(client, content, text):
    with pytest.raises(RawFault, match=text) as caught:
        client.exchange(content)
    assert caught.value.kind == "InvalidRequest"


def test_an_operation_that_no_schema_has_is_refused_and_recorded(host, client):
    with pytest.raises(RawFault, match="Unable to resolve WSDL method name FrobTheVm") as caught:
        client.call("FrobTheVm", "VirtualMachine", "1")
    assert caught.value.kind == "InvalidRequest"
    assert host.registry.missing.counts == {"FrobTheVm": 1}


def test_an_operation_of_another_namespace_is_not_taken_for_ours(client):
    with pytest.raises(RawFault, match="Unable to resolve WSDL method name CurrentTime"):
        client.send(
            '<CurrentTime xmlns="urn:other"><_this type="ServiceInstance">ServiceInstance</_this></CurrentTime>'
        )


def test_an_operation_that_is_not_simulated_is_refused_and_recorded(host, client):
    with pytest.raises(RawFault, match=r"VirtualMachine.RebootGuest is not simulated") as caught:
        client.call("RebootGuest", "VirtualMachine", "1")
    assert caught.value.kind == "NotSupported"
    assert host.registry.missing.counts == {"VirtualMachine.RebootGuest": 1}


def test_a_parameter_that_is_not_simulated_is_refused_only_if_it_is_set(host, client):
    client.call("PowerOnVM_Task", "VirtualMachine", "1")
    with pytest.raises(RawFault, match="PowerOnVM_Task with host is not simulated"):
        client.call("PowerOnVM_Task", "VirtualMachine", "2", '<host type="HostSystem">ha-host</host>')
    assert host.registry.missing.counts == {"VirtualMachine.PowerOnVM_Task with host": 1}


def test_an_operation_of_another_type_is_not_found(client):
    with pytest.raises(RawFault) as caught:
        client.call("PowerOnVM_Task", "Folder", "ha-folder-vm")
    assert caught.value.kind == "MethodNotFound"


@pytest.mark.parametrize(("kind", "moid"), [("VirtualMachine", "99"), ("HostSystem", "1")])
def test_an_object_that_does_not_exist_is_not_found(client, kind, moid):
    with pytest.raises(RawFault, match="already been deleted or has not been completely created") as caught:
        client.call("PowerOnVM_Task", kind, moid)
    assert (caught.value.kind, caught.value.fields) == ("ManagedObjectNotFound", {"obj": moid})


@pytest.mark.parametrize(
    ("operation", "kind"), [("PowerOnVM_Task", "VirtualMachine"), ("DestroyPropertyFilter", "PropertyFilter")]
)
def test_who_is_not_logged_in_does_not_learn_what_exists(host, operation, kind):
    with pytest.raises(RawFault) as caught:
        RawClient(host.server.port).call(operation, kind, "99")
    assert caught.value.kind == "NotAuthenticated"


def test_an_object_may_be_named_by_a_base_type(client):
    assert client.call("PowerOnVM_Task", "ManagedEntity", "1").find("returnval").get("type") == "Task"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("<userName>root</userName>", "Required parameter password is missing"),
        ("<userName>a</userName><password>b</password><size>1</size>", "Login has no parameter size"),
    ],
)
def test_parameters_are_those_of_the_schema(client, arguments, text):
    with pytest.raises(RawFault, match=text) as caught:
        client.call("Login", "SessionManager", SESSIONS, arguments)
    assert caught.value.kind == "InvalidRequest"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            ("<type>VirtualMachine</type>", ""),
            "Required property type is missing from data object of type PropertySpec",
        ),
        (("<type>VirtualMachine</type>", "<type>Toaster</type>"), "Toaster"),
        (("<partialUpdates>false", "<partialUpdates>maybe"), "maybe"),
        (("<pathSet>name</pathSet>", "<colour>red</colour>"), "colour"),
        (("<spec>", '<spec xsi:type="Nothing">'), "Nothing"),
    ],
)
def test_values_are_those_of_the_schema(client, change, text):
    arguments = FILTER.format(kind="VirtualMachine", path="name", moid="1").replace(*change)
    with pytest.raises(RawFault, match=text) as caught:
        client.call("CreateFilter", "PropertyCollector", COLLECTOR, arguments)
    assert caught.value.kind == "InvalidRequest"


def test_a_version_that_the_host_does_not_serve_is_refused(host):
    with pytest.raises(RawFault, match=r"Unsupported version URI urn:vim25/9\.0\.0\.0") as caught:
        RawClient(host.server.port, "9.0.0.0").call("RetrieveServiceContent", "ServiceInstance", "ServiceInstance")
    assert caught.value.kind == "RuntimeFault"


def test_an_old_client_gets_only_what_its_version_knows(host):
    client = RawClient(host.server.port, "2.5")
    client.login()
    with pytest.raises(RawFault) as caught:
        client.call("CreatePropertyCollector", "PropertyCollector", COLLECTOR)
    assert caught.value.kind == "MethodNotFound"
    known = retrieve_properties(client, "runtime")
    assert known.find("returnval/propSet/val/powerState") is not None
    assert known.find("returnval/propSet/val/faultToleranceState") is None
    with pytest.raises(RawFault) as caught:
        retrieve_properties(client, "rootSnapshot")
    assert caught.value.kind == "InvalidProperty"


def test_operation_id_and_user_reach_the_journal(host, client):
    body = '<PowerOnVM_Task xmlns="urn:vim25"><_this type="VirtualMachine">1</_this></PowerOnVM_Task>'
    envelope = (
        '<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Header>'
        f'<operationID xmlns="urn:vim25">op-7</operationID></S:Header><S:Body>{body}</S:Body></S:Envelope>'
    )
    client.exchange(envelope.encode())
    assert [each.details["operation_id"] for each in host.journal.entries] == ["op-7"]


def test_text_that_xml_cannot_carry_is_replaced(host, client):
    host.do(lambda: setattr(host.machines[0], "name", "a\x00<b>&\u20ac\ud800"))
    arguments = RETRIEVE.format(kind="VirtualMachine", moid="1", paths="<pathSet>name</pathSet>")
    answer = client.call("RetrievePropertiesEx", "PropertyCollector", COLLECTOR, arguments)
    assert answer.findtext("returnval/objects/propSet/val") == "a?<b>&\u20ac?"


def test_no_password_is_ever_written_down(host, client):
    with pytest.raises(RawFault):
        client.call("Login", "SessionManager", SESSIONS, "<userName>a</userName><password>geheim</password>")
    assert "geheim" not in repr(host.journal.entries) + repr(host.registry.crashes)


def test_a_dropped_connection_has_no_answer(host, client):
    async def before(call: object, target: object, arguments: object) -> None:
        raise ConnectionDropped

    host.service.hooks.before = before
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        client.call("PowerOnVM_Task", "VirtualMachine", "1")
    assert [each.outcome for each in host.journal.entries] == ["cut off"]
