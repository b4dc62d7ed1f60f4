from typing import Any


def row(
    answers: list[str] = (), choices: list[str] = (), references: list[str] = (), name: str = "r"
) -> dict[str, Any]:
    return {
        "id": name,
        "image": None,
        "context": "",
        "question": "?",
        "choices": list(choices),
        "answers": list(answers),
        "references": list(references),
        "split": "test",
        "meta": "{}",
    }


def people(**counts: int) -> list[str]:
    """Ten annotators' answers: `people(yes=7, no=3)`."""
    return [answer for answer, count in counts.items() for _ in range(count)]
