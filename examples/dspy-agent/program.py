"""A DSPy program of two predictors: what a customer wants, and then an answer. Put your own in its place.

The model is an OpenAI-compatible endpoint: DSPY_MODEL (e.g. openai/gpt-5-mini), DSPY_API_BASE, DSPY_API_KEY.
"""

import os

import dspy


class Classify(dspy.Signature):
    """Say what the customer's message is about."""

    message: str = dspy.InputField()
    topic: str = dspy.OutputField(desc="order, refund, shipping or other")


class Answer(dspy.Signature):
    """Answer the customer of a small shop. Be brief."""

    message: str = dspy.InputField()
    topic: str = dspy.InputField()
    answer: str = dspy.OutputField()


class Support(dspy.Module):
    def __init__(self):
        super().__init__()
        self.classify = dspy.Predict(Classify)
        self.respond = dspy.Predict(Answer)

    def forward(self, message):
        topic = self.classify(message=message).topic
        return self.respond(message=message, topic=topic)


def build():
    """The program, and its model. Without DSPy's cache, so that a case that is run again is really run again."""
    lm = dspy.LM(
        os.environ.get("DSPY_MODEL", "openai/gpt-5-mini"),
        api_base=os.environ.get("DSPY_API_BASE"),
        api_key=os.environ.get("DSPY_API_KEY", "none needed"),
        cache=False,
    )
    dspy.configure(lm=lm)
    return Support()
