import json
from pathlib import Path

from models import PlaceOrder

schema = PlaceOrder.model_json_schema()
Path("schemas/place-order.json").write_text(json.dumps(schema, indent=2) + "\n")
