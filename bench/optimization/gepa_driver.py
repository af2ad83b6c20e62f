"""Runs the gepa package on worlds of hidden rules; a bench of ours, in which gepa itself is a peer.

Standard input: JSON with `worlds`, `budget` (metric calls), `merge` and `golden` (cases of the first world).
Standard output: JSON with gepa's version, what this file computes for the golden cases, and one campaign a world.
World, judge and reflection must come out bit for bit as in world.ts and reflect.ts: golden.ts compares them.
"""

import hashlib
import importlib.metadata
import json
import os
import re
import sys
import time

KINDS = (("right", 0.55), ("wrong", 0.12), ("memorize", 0.18), ("drop", 0.1), ("filler", 0.05))
FLIP = 0.1
JITTER = 0.2


def draw(*parts):
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


def pick(items, uniform):
    return items[min(len(items) - 1, int(uniform * len(items)))] if items else None


class Reading:
    def __init__(self, text):
        lines = [line for line in text.split("\n") if line.strip() != ""]
        self.rules = {}
        self.memorized = set()
        for line in lines:
            rule = re.fullmatch(r"R(\d+)=(\d+)", line)
            if rule:
                self.rules[int(rule[1])] = int(rule[2])
            elif re.fullmatch(r"F\w+", line):
                self.memorized.add(line[1:])
        self.follow = max(0.0, 1 - 0.02 * max(0, len(lines) - 28))


READINGS = {}


def reading_of(text):
    if text not in READINGS:
        READINGS[text] = Reading(text)
    return READINGS[text]


def name_of(prompts):
    return "\n\n".join(f"{name}:\n{prompts[name]}" for name in sorted(prompts))


def chances(world, prompts, example):
    found = []
    for rule in world["examples"][example]:
        reading = reading_of(prompts[world["places"][rule]])
        right = example in reading.memorized or reading.rules.get(rule) == world["options"][rule]
        found.append(reading.follow if right else 0)
    return found


def run(world, prompts, example, repeat):
    """(score, complaints) of one run and its judgement."""
    tags = world["examples"][example]
    text = name_of(prompts)

    def at(role, i=0):
        return draw(world["id"], role, text, example, repeat, i)

    followed = [
        chance >= 1 or (chance > 0 and at("follow", i) < chance)
        for i, chance in enumerate(chances(world, prompts, example))
    ]
    unmet = [tag for i, tag in enumerate(tags) if not followed[i]]
    share = sum(followed) / len(followed)
    mode = world["mode"]
    if mode == "jitter":
        return JITTER + (1 - 2 * JITTER) * share + JITTER * (2 * at("jitter") - 1), unmet
    binary = (1 if draw(world["id"], "fate", example) < 0.6 else 0) if mode == "null" else int(not unmet)
    if mode in ("flips", "null"):
        score = 1 - binary if at("flip") < FLIP else binary
        wrong = [pick(tags, at("complaint"))]
        return score, [] if score == 1 else unmet if mode == "flips" and unmet else wrong
    return (binary if mode == "binary" else share), unmet


def with_rule(text, rule, option):
    lines = [line for line in text.split("\n") if not line.startswith(f"R{rule}=")]
    return "\n".join([*lines, f"R{rule}={option}"])


class Reflector:
    def __init__(self, world):
        self.world = world
        self.asked = {}

    def __call__(self, prompts, component, failures):
        world, text = self.world, prompts[component]
        here = sorted(
            (example, [rule for rule in complaints if world["places"][rule] == component])
            for example, complaints in failures
        )
        tokens = " ".join(f"{example}:{'+'.join(map(str, rules))}" for example, rules in here)
        question = f"{component}|{text}|{tokens}"
        nth = self.asked.get(question, 0)
        self.asked[question] = nth + 1

        def at(role):
            return draw(world["id"], role, question, nth)

        mark, kind = at("kind"), "filler"
        for name, chance in KINDS:
            mark -= chance
            if mark < 0:
                kind = name
                break
        rules = sorted({rule for _, complaints in here for rule in complaints})
        rule = pick(rules, at("rule"))
        if kind in ("right", "wrong") and rule is not None:
            right = world["options"][rule]
            return with_rule(text, rule, right if kind == "right" else (right + 1 + int(at("option") * 3)) % 4)
        failure = pick(here, at("example"))
        lines = text.split("\n")
        if kind == "memorize" and failure and f"F{failure[0]}" not in lines:
            return f"{text}\nF{failure[0]}"
        if kind == "drop" and len(lines) > 1:
            gone = int(at("line") * len(lines))
            return "\n".join(line for i, line in enumerate(lines) if i != gone)
        return f"{text}\nRemember to be kind, case {int(at('filler') * 1_000_000)}."


def golden(world, cases):
    reflector = Reflector(world)
    found = []
    for case in cases:
        score, complaints = run(world, case["prompts"], case["example"], case["repeat"])
        text = reflector(case["prompts"], case["component"], [(case["example"], world["examples"][case["example"]])])
        found.append({"draw": draw(world["id"], case["example"], case["repeat"]), "score": score, "complaints": complaints, "text": text})
    return found


class Adapter:
    """A world as gepa sees it; every example is run anew, so that its repeats differ as in real life."""

    def __init__(self, world):
        self.world = world
        self.reflector = Reflector(world)
        self.observed = 0
        self.runs = {}

    def evaluate(self, batch, candidate, capture_traces=False):
        from gepa.core.adapter import EvaluationBatch

        results = []
        for example in batch:
            key = (name_of(candidate), example)
            repeat = self.runs.get(key, 0)
            self.runs[key] = repeat + 1
            results.append((example, *run(self.world, candidate, example, repeat)))
            self.observed += 1
        lines = len("\n".join(candidate[name] for name in sorted(candidate)).split("\n"))
        objectives = [{"quality": score, "brevity": 1 - min(1, lines / 60)} for _, score, _ in results]
        return EvaluationBatch(
            outputs=results,
            scores=[score for _, score, _ in results],
            trajectories=results if capture_traces else None,
            objective_scores=objectives,
        )

    def make_reflective_dataset(self, candidate, eval_batch, components_to_update):
        records = [{"example": e, "complaints": c} for e, score, c in eval_batch.trajectories if score < 1]
        return {name: records for name in components_to_update}

    def propose_new_texts(self, candidate, reflective_dataset, components_to_update):
        return {
            name: self.reflector(candidate, name, [(r["example"], r["complaints"]) for r in reflective_dataset[name]])
            for name in components_to_update
        }


class Watch:
    def __init__(self, adapter):
        self.adapter = adapter
        self.incumbents = []

    def on_valset_evaluated(self, event):
        if event["is_best_program"]:
            self.incumbents.append({"rollouts": self.adapter.observed, "prompts": dict(event["candidate"])})


class Quiet:
    def log(self, message):
        pass


def campaign(world, budget, merge):
    import gepa

    adapter = Adapter(world)
    watch = Watch(adapter)
    start = time.process_time()
    result = gepa.optimize(
        seed_candidate=dict(world["seed"]),
        trainset=world["train"],
        valset=world["validation"],
        adapter=adapter,
        max_metric_calls=budget,
        reflection_minibatch_size=3,
        use_merge=merge,
        frontier_type="hybrid" if world["mode"] == "objectives" else "instance",
        callbacks=[watch],
        logger=Quiet(),
        seed=0,
    )
    return {
        "incumbents": watch.incumbents,
        "returned": result.best_candidate,
        "observed": adapter.observed,
        "reported": result.total_metric_calls,
        "cpuMs": (time.process_time() - start) * 1000,
        "candidates": len(result.candidates),
    }


def main():
    asked = json.load(sys.stdin)
    answers = sys.stdout
    sys.stdout = sys.stderr
    import gepa

    try:
        version = importlib.metadata.version("gepa")
    except importlib.metadata.PackageNotFoundError:
        version = f"source in {os.path.basename(os.path.dirname(os.path.dirname(gepa.__file__)))}"
    json.dump(
        {
            "version": version,
            "golden": golden(asked["worlds"][0], asked["golden"]),
            "campaigns": [campaign(world, asked["budget"], asked["merge"]) for world in asked["worlds"]],
        },
        answers,
    )


main()
