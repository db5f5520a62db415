"""Answers 判断: what a process asks about its case, answered from the facts of the case by our criteria. No text of a
diagram has a part in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shishi.core.criteria import Answer, Criterion
from shishi.core.errors import Issue, Refused
from shishi.core.evaluation import LoneRow, Moments, evaluate
from shishi.core.processes import Process, Repeat
from shishi.core.tables import Value, Values


@dataclass(frozen=True)
class Within(Mapping[str, Value]):
    """Facts as an instance sees them: what was said in it (``Sub_1[3]/form.field``), else what was said around it."""

    facts: Values
    path: str

    def __getitem__(self, name: str) -> Value:
        path = self.path
        while path:
            if f"{path}/{name}" in self.facts:
                return self.facts[f"{path}/{name}"]
            path = path.rpartition("/")[0]
        return self.facts[name]

    def __iter__(self) -> object:  # type: ignore[override]  # only looked up, never gone through
        raise TypeError("facts are looked up by name")

    def __len__(self) -> int:
        return len(self.facts)


@dataclass(frozen=True)
class FactAnswers:
    """Answers from the facts of a case: ``form.field``, ``<element>.outcome``, ``case.state``; inside an instance
    ``Sub_1[3]/form.field`` stands before ``form.field``."""

    process: Process
    facts: Values
    moments: Moments

    def flow(self, flow: str, within: str) -> Answer:
        """Whether the criterion of the flow is met; *not known* where the process has none."""
        criterion = self.process.flows.get(flow)
        return Answer.NOT_KNOWN if criterion is None else self._asked(criterion, within)

    def times(self, element: str, within: str) -> int:
        """How many, as the process says or as many as the fact holds. ``Refused`` ``process_times_unknown``."""
        repeat = self._repeat(element)
        if repeat.times is not None:
            return repeat.times
        value = self._seen(within).get(repeat.each)
        found = len(value) if isinstance(value, tuple) else value
        if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= repeat.most:
            title = self.process.nodes[element].title or element
            message = f"“{title}”要办几份，看“{repeat.each}”，而它没有填写或超过 {repeat.most}；请补填后再提交。"
            raise Refused(
                "process_times_unknown", message, [Issue("process_times_unknown", message, field=repeat.each)]
            )
        return found

    def again(self, element: str, within: str, done: int) -> bool:
        """Whether the condition of a loop is met, and it was not done too often."""
        repeat = self._repeat(element)
        return done < repeat.most and self._asked(repeat.again, within) is Answer.MET

    def enough(self, element: str, within: str, done: int) -> bool:
        """Whether the condition that ends it early is met."""
        return self._asked(self._repeat(element).enough, within) is Answer.MET

    def _repeat(self, element: str) -> Repeat:
        return self.process.repeat_at.get(element) or Repeat(element, times=1)

    def _seen(self, within: str) -> Values:
        return Within(self.facts, within) if within else self.facts

    def _asked(self, criterion: Criterion, within: str) -> Answer:
        return evaluate(criterion, LoneRow(self.process.facts, self._seen(within)), self.moments)
