"""Holds AWS calls against botocore's service models and makes them against a server of moto's.

One JSON object a line on stdin: {"service", "operation", "params", "endpoint"}; without an endpoint the call is judged and not made.
One a line on stdout: {"violations": [...], "answer": {...} | null, "error": {"code", "message"} | null}.
botocore's ParamValidator looks at required members, types and lower bounds; it leaves out upper bounds, enums and patterns, which are
looked at here.
"""

import json
import sys

import boto3
import regex
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.parsers import ResponseParserError
from botocore.validate import ParamValidator

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
# A server that doesn't answer is told at once: nothing here waits for a real service.
# moto's server answers a page where a call isn't implemented, or where it breaks in it.
BROKEN = {"code": "NotImplemented", "message": "moto's server breaks in it", "status": 500}
CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, parameter_validation=False)


def bounds(shape, value, at):
    """What is longer or larger than the model allows."""
    most = shape.metadata.get("max")
    if most is None or isinstance(value, bool):
        return []
    size = value if isinstance(value, (int, float)) else len(value)
    return [f"{at}: {size} is more than {most}"] if size > most else []


def text(shape, value, at):
    """What isn't one of the enum's values, or doesn't match the pattern. The value itself isn't shown: it may be a secret."""
    found = []
    enum = getattr(shape, "enum", None)
    if enum and value not in enum:
        found.append(f"{at}: is none of {', '.join(enum)}")
    pattern = shape.metadata.get("pattern")
    if pattern and regex.fullmatch(pattern, value) is None:
        found.append(f"{at}: doesn't match {pattern}")
    return found


def beyond(shape, value, at):
    """What ParamValidator leaves out, everywhere in a value."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        return [one for name, member in value.items() if name in shape.members
                for one in beyond(shape.members[name], member, f"{at}.{name}")]
    if kind == "list" and isinstance(value, list):
        inner = [one for index, member in enumerate(value) for one in beyond(shape.member, member, f"{at}[{index}]")]
        return bounds(shape, value, at) + inner
    if kind == "map" and isinstance(value, dict):
        inner = [one for key, member in value.items()
                 for one in beyond(shape.key, key, f"{at} key") + beyond(shape.value, member, f"{at}.{key}")]
        return bounds(shape, value, at) + inner
    if kind == "string" and isinstance(value, str):
        return bounds(shape, value, at) + text(shape, value, at)
    if kind in ("integer", "long", "float", "double"):
        return bounds(shape, value, at)
    return []


class Services:
    """The clients, one a service and endpoint."""

    def __init__(self):
        self.session = boto3.session.Session(region_name="eu-west-1", **CREDENTIALS)
        self.clients = {}

    def client(self, service, endpoint):
        key = (service, endpoint)
        if key not in self.clients:
            self.clients[key] = self.session.client(service, endpoint_url=endpoint, config=CONFIG)
        return self.clients[key]


def violations(model, params):
    shape = model.input_shape
    if shape is None:
        return []
    report = ParamValidator().validate(params, shape)
    told = report.generate_report().splitlines() if report.has_errors() else []
    return told + beyond(shape, params, model.name)


def handle(services, asked):
    client = services.client(asked["service"], asked.get("endpoint") or "http://127.0.0.1:9")
    service_model = client.meta.service_model
    if asked["operation"] not in service_model.operation_names:
        return {"violations": [f"{asked['service']} has no operation {asked['operation']}"], "answer": None, "error": None}
    found = violations(service_model.operation_model(asked["operation"]), asked["params"])
    if asked.get("endpoint") is None:
        return {"violations": found, "answer": None, "error": None}
    names = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    try:
        answer = getattr(client, names[asked["operation"]])(**asked["params"])
        return {"violations": found, "answer": answer, "error": None}
    except ClientError as error:
        told = error.response["Error"]
        if told.get("Message", "").startswith("<!doctype"):
            return {"violations": found, "answer": None, "error": BROKEN}
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return {"violations": found, "answer": None,
                "error": {"code": told.get("Code", ""), "message": told.get("Message", ""), "status": status}}
    except ResponseParserError:
        return {"violations": found, "answer": None, "error": BROKEN}
    except (BotoCoreError, ParamValidationError, ValueError) as error:
        return {"violations": found, "answer": None, "error": {"code": type(error).__name__, "message": str(error), "status": 0}}


def main():
    services = Services()
    for line in sys.stdin:
        print(json.dumps(handle(services, json.loads(line)), default=str), flush=True)


main()
