"""A service that predicts, and records what it predicts: three lines of it are about the exporter.

pip install "ml-exporter" fastapi uvicorn scikit-learn
ML_EXPORTER_URL=http://localhost:9877 uvicorn service_fastapi:app

curl -d '{"months": 3, "calls": 7, "country": "DE"}' -H 'Content-Type: application/json' localhost:8000/score
curl -d '{"left": true}' -H 'Content-Type: application/json' localhost:8000/customers/ID/outcome
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from churn_model import trained
from fastapi import FastAPI, Request
from pydantic import BaseModel

from ml_exporter.client import Recorder
from ml_exporter.client.asgi import RecordPredictions

recorder = Recorder(model_name="churn", model_version="v1")  # to ML_EXPORTER_URL; without it, nowhere


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """Send what is left when the service stops."""
    yield
    await recorder.aclose()


app = FastAPI(lifespan=lifespan)
app.add_middleware(RecordPredictions, recorder=recorder, paths=["/score"])  # times requests, counts those that fail


class Customer(BaseModel):
    """Of whom the model is asked."""

    months: int
    calls: int
    country: str


class Outcome(BaseModel):
    """What became of a customer."""

    left: bool


model = trained()


@app.post("/score")
def score(customer: Customer, request: Request) -> dict[str, Any]:
    """Return the probability that a customer leaves."""
    probability = float(model.predict_proba([[customer.months, customer.calls]])[0, 1])
    seen = request.state.observation
    seen.score, seen.segment = probability, {"country": customer.country}
    return {"id": seen.prediction_id, "leaves": probability}


@app.post("/customers/{prediction_id}/outcome")
def outcome(prediction_id: str, said: Outcome) -> dict[str, bool]:
    """Record what became of a customer, weeks later."""
    recorder.label(prediction_id, "left" if said.left else "stayed")
    return {"recorded": True}
