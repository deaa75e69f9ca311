"""Groups of templates that the team's categories do not cover, proposed as new categories.

    found = discover(run, asker, templates, answers, sorting, naming_prompt)

A model that has no category for a kind of failure says "none of these", or squeezes it into whatever is nearest, now
this category, now that. Both show in the same way: templates that mean much the same, and answers that do not agree.

1. All templates are embedded and clustered: average linkage on cosine distance (scipy.cluster.hierarchy).
2. The tree is cut branch by branch, from the top. A branch is a candidate where its templates hold together as well as
   those of the team's most alike category do (mean cosine of two of them), fewer than three in five have one category
   in common, and people have labelled next to none of them. So where to cut is said by the team's own categories.
3. The model names and defines a candidate from its five most typical templates.
4. Its templates, all that fit none, and doubtful ones, nearer to the candidate than to their own category, are sorted
   again with the candidate among the categories. What gets fewer than `min_cluster`, or a mixture, is withdrawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helpers.poc.error_logs.asking import Asker, NoReply, defused, in_log, object_of
from helpers.poc.error_logs.classification import Sorted, Sorting, classify, spoken
from helpers.poc.error_logs.parameters import Category

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from helpers.logs import Template
    from helpers.poc import Run

WORK = "naming"
EXEMPLARS = 5
AGREED = 0.6  # share of a branch's templates in one category from which on it is no news
LABELLED = 0.1  # share of a branch's templates that people have labelled as one of the categories: above it, no news


@dataclass(frozen=True)
class Candidate:
    """A cluster of templates whose answers do not agree. Ids are templates'.

    agreement: share of them in the category that most of them have. cohesion: mean cosine of two of them; apart: mean
    cosine to the branch beside it, so that a cohesion far above it shows a group, and one near it does not.
    """

    members: tuple[int, ...]
    exemplars: tuple[int, ...]
    agreement: float
    cohesion: float
    apart: float


@dataclass(frozen=True)
class Proposal:
    """A new category as it is proposed to the team; templates: that were sorted into it in the end."""

    name: str
    definition: str
    candidate: Candidate
    templates: tuple[int, ...]
    lines: int


@dataclass(frozen=True)
class Discovery:
    """What came of it: proposals, every template's category after them, and what was withdrawn and why."""

    proposals: tuple[Proposal, ...] = ()
    answers: Mapping[int, Sorted] = field(default_factory=dict)
    withdrawn: tuple[tuple[Candidate, str], ...] = ()


def discover(
    run: Run, asker: Asker, templates: Sequence[Template], answers: Mapping[int, Sorted], sorting: Sorting, prompt: str
) -> Discovery:
    """Find, name and check new categories. Makes calls, see the module; none where the run allows no new category."""
    answered = [one for one in templates if not answers[one.id].problem]
    if not run.parameters.allow_new or len(answered) < 2 * run.parameters.min_cluster:
        return Discovery(answers=dict(answers))
    vectors = embedded(run, answered)
    categories = {one.id: answers[one.id].category for one in answered}
    by_id = {one.id: one for one in templates}
    labelled = {one.id for one, _ in sorting.examples}
    candidates = candidates_in(vectors, categories, labelled, run.parameters.min_cluster)
    named = run.map(
        lambda one: named_group(asker, [by_id[i] for i in one.exemplars], prompt),
        candidates,
        "naming groups",
        name=lambda one: f"a group of {len(one.members)} templates",
    )
    widened, again, offered, withdrawn = sorting, {i for i, name in categories.items() if not name}, [], []
    for candidate, category in zip(candidates, named, strict=True):
        if category is None:
            withdrawn.append((candidate, "it could not be named"))
        elif category.name.casefold() in {one.name.casefold() for one in widened.categories}:
            withdrawn.append((candidate, f"the model calls it {category.name}, which is there already"))
        else:
            widened = widened.with_new(category, [by_id[i] for i in candidate.exemplars])
            again |= {*candidate.members, *doubtful(candidate, vectors, categories)}
            offered.append((candidate, category))
    final = dict(answers)
    if offered:
        asked = [one for one in answered if one.id in again]
        sorted_again = classify(run, asker, asked, widened, label="sorting again")
        final |= {i: one for i, one in sorted_again.items() if not one.problem}
    proposals = []
    for candidate, category in offered:
        kept = tuple(i for i, one in final.items() if one.category == category.name)
        if len(kept) < run.parameters.min_cluster:
            why = f"only {len(kept)} templates were sorted into {category.name}"
        elif (held := cohesion_of(kept, vectors)) < (least := least_cohesion(vectors, categories)):
            why = f"what was sorted into {category.name} holds together less ({held:.2f}) than a category ({least:.2f})"
        else:
            lines = sum(by_id[i].count for i in kept)
            proposals.append(Proposal(category.name, category.definition, candidate, kept, lines))
            continue
        withdrawn.append((candidate, why))
        final |= {i: answers[i] for i in kept}
    return Discovery(tuple(proposals), final, tuple(withdrawn))


def embedded(run: Run, templates: Sequence[Template]) -> dict[int, NDArray[np.float32]]:
    """Template id -> vector of length 1 of what a model reads of it."""
    from helpers.vectors import embed

    vectors = embed(run.endpoint, [defused(spoken(one)) for one in templates])
    return dict(zip([one.id for one in templates], vectors, strict=True))


def candidates_in(
    vectors: Mapping[int, NDArray[np.float32]], categories: Mapping[int, str], labelled: Set[int], min_cluster: int
) -> list[Candidate]:
    """Branches of the tree that hold together and whose answers do not agree, the largest first.

    vectors, categories: by template id; "" fits none. labelled: ids of those that people have put into a category.
    """
    import numpy as np
    from scipy.cluster.hierarchy import linkage, to_tree
    from scipy.spatial.distance import squareform

    ids = list(vectors)
    points = np.stack([vectors[i] for i in ids])
    near = np.clip(points @ points.T, -1, 1)
    distances = 1 - near
    np.fill_diagonal(distances, 0)
    names = [categories[i] for i in ids]
    least = least_cohesion(vectors, categories)
    waiting = [(to_tree(linkage(squareform(distances, checks=False), method="average")), 0.0)]
    found = []
    while waiting:
        branch, apart = waiting.pop()
        places = branch.pre_order()
        if len(places) < min_cluster:
            continue
        agreement = max((n for name, n in Counter(names[p] for p in places).items() if name), default=0) / len(places)
        cohesion = _cohesion(near, places)
        known = sum(ids[p] in labelled for p in places) / len(places)
        if cohesion >= least and agreement < AGREED and known <= LABELLED:
            inner = near[np.ix_(places, places)].sum(axis=1)
            typical = [places[p] for p in np.argsort(-inner, kind="stable")[:EXEMPLARS]]
            members = (tuple(ids[p] for p in sorted(part)) for part in (places, typical))
            found.append(Candidate(*members, agreement, cohesion, apart))
        else:
            beside = float(near[np.ix_(branch.left.pre_order(), branch.right.pre_order())].mean())
            waiting += [(branch.left, beside), (branch.right, beside)]
    return sorted(found, key=lambda one: (-len(one.members), one.members))


def least_cohesion(vectors: Mapping[int, NDArray[np.float32]], categories: Mapping[int, str]) -> float:
    """The cohesion of the team's most alike category, which a new one has to reach."""
    names = set(categories.values()) - {""}
    groups = ([i for i, category in categories.items() if category == name] for name in names)
    return max((cohesion_of(group, vectors) for group in groups), default=0.0)


def cohesion_of(ids: Sequence[int], vectors: Mapping[int, NDArray[np.float32]]) -> float:
    """Mean cosine of two different templates; 0 for a single one, which is no group."""
    import numpy as np

    points = np.stack([vectors[i] for i in ids])
    return _cohesion(points @ points.T, range(len(ids)))


def _cohesion(near: NDArray[np.float32], places: Sequence[int]) -> float:
    import numpy as np

    number = len(places)
    if number < 2:
        return 0.0
    return float((near[np.ix_(places, places)].sum() - number) / (number * (number - 1)))


def doubtful(
    candidate: Candidate, vectors: Mapping[int, NDArray[np.float32]], categories: Mapping[int, str]
) -> list[int]:
    """Templates of a category that are, on average, nearer to the candidate's than to the others of their category.

    And no further from it than its own least typical one.
    """
    import numpy as np

    group = np.stack([vectors[i] for i in candidate.members])
    least = ((group @ group.T).sum(axis=1) - 1).min() / max(len(group) - 1, 1)
    found = []
    for name in sorted(set(categories.values()) - {""}):
        ids = [i for i, category in categories.items() if category == name]
        points = np.stack([vectors[i] for i in ids])
        to_others = ((points @ points.T).sum(axis=1) - 1) / max(len(ids) - 1, 1)
        to_group = (points @ group.T).mean(axis=1)
        found += [i for i, own, new in zip(ids, to_others, to_group, strict=True) if new > max(own, least)]
    return [i for i in found if i not in candidate.members]


def named_group(asker: Asker, exemplars: Sequence[Template], prompt: str) -> Category:
    """A name and a definition for a group, from its exemplars. Raises NoReply, after a second try."""
    shape = object_of(
        name={"type": "string", "description": "name of the group, two to four words"},
        definition={"type": "string", "description": "one sentence: what belongs in the group"},
    )
    asked = [
        {"role": "system", "content": prompt},
        {"role": "user", "content": in_log([f"- {defused(spoken(one))}" for one in exemplars])},
    ]
    for _ in range(2):
        found = asker.json(WORK, asked, shape)
        name, definition = (" ".join(str(found.get(key) or "").split()) for key in ("name", "definition"))
        if name and definition:
            return Category(name[:60], definition[:400])
    raise NoReply("the reply has no name or no definition")
