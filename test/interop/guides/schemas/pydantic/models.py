from pydantic import BaseModel, ConfigDict, Field


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sku: str
    pieces: int = Field(default=1, ge=1, le=99)


class PlaceOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    customer: str = Field(pattern=r"^C-\d{4}$", description="The customer's number, such as C-1001")
    lines: list[Line] = Field(min_length=1)
    note: str | None = Field(default=None, max_length=200)
