"""A client of mobile signatures that is generated from the WSDL, driven line by line.

Each line of standard input is a JSON object {"op": ..., "args": ...}; each line of output is
{"answer": ...} or {"fault": {"code": ..., "reason": ..., "detail": ...}}.
"""
import json
import sys

import requests
import zeep
from zeep import Client, Settings
from zeep.helpers import serialize_object
from zeep.transports import Transport

WSDL_SPACE = "{http://uri.etsi.org/TS102204/etsi204-kiuru.wsdl}"
FICOM = "{http://mss.ficom.fi/TS102204/v1.0.0#}"
BINDINGS = {
    "MSS_Signature": "MSS_SignaturePort",
    "MSS_StatusQuery": "MSS_StatusQueryPort",
    "MSS_Receipt": "MSS_ReceiptPort",
    "MSS_ProfileQuery": "MSS_ProfileQueryPort",
    "MSS_Handshake": "MSS_HandshakePort",
    "MSS_Registration": "MSS_ReqistrationPort",
}


def plain(value):
    """Makes JSON of what zeep has read."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        import base64

        return base64.b64encode(value).decode()
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if hasattr(value, "tag"):
        return value.tag
    return str(value)


def services(client, args):
    """Makes elements of additional services: the schema leaves their values open."""
    for service in (args.get("AdditionalServices") or {}).get("Service", []):
        for name in ("EventID", "NoSpamCode", "UserLang"):
            if name in service:
                element = client.get_element(FICOM + name)
                service["_value_1"] = {name: service.pop(name)} if element is not None else None


def main():
    base, wsdl, ca, cert, key = sys.argv[1:6]
    session = requests.Session()
    session.trust_env = False
    session.verify = ca
    session.cert = (cert, key)
    settings = Settings(strict=False, forbid_external=False)
    client = Client(wsdl, settings=settings, transport=Transport(session=session))
    print(json.dumps({"ready": zeep.__version__}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        operation, args = order["op"], order["args"]
        services(client, args)
        binding = WSDL_SPACE + operation + "Binding"
        service = client.create_service(binding, base + "/soap/services/" + BINDINGS[operation])
        try:
            parts = {"MSS_" + operation[4:].replace("StatusQuery", "Status").replace("ProfileQuery", "Profile") + "Req": args}
            answer = getattr(service, operation)(**parts)
            out = {"answer": plain(serialize_object(answer, dict))}
        except zeep.exceptions.Fault as fault:
            subcodes = [getattr(s, "localname", str(s)) for s in (fault.subcodes or [])]
            detail = "".join(fault.detail.itertext()) if fault.detail is not None else ""
            out = {"fault": {"code": subcodes[0] if subcodes else str(fault.code), "reason": fault.message, "detail": detail.strip()}}
        print(json.dumps(out), flush=True)


main()
