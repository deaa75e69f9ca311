# ---
# title: "05 · RAG with citations and “I don't know”"
# level: 200
# minutes: 60
# worry: "It told a citizen a wrong price, politely and without doubt."
# objectives:
#   - "build retrieval-augmented generation by hand: chunks, vectors, a store, a prompt"
#   - "fit a prompt into a budget of tokens without losing the best sources"
#   - "check by code that an answer cites what it was given, and that its numbers stand there"
#   - "measure wrong answers and needless refusals apart, and choose between them"
# requires: [03_embeddings]
# data: [services/articles.jsonl, services/questions.jsonl]
# ---

# %% [markdown]
# ## The worry
#
# > “Our assistant told a citizen a wrong price, politely and without doubt. How do we make it show where it read
# > something, and say so when it has read nothing?”

# %%
import chromadb
from helpers import artefact, connect, in_parallel, intervals, load_sample, open_lesson, plots, show

endpoint = connect()
lesson = open_lesson("05_rag")
articles = [a for a in load_sample("services/articles.jsonl") if a["language"] == "en"]
example = next(a for a in articles if a["id"] == "bus-pass-senior")
sections = {"section": example["sections"], "text": example["sections"].values()}
show.table(sections, caption=f"“{example['title']}”, one of {len(articles)} articles of a city")

# %% [markdown]
# Each section becomes a *chunk*: a piece with an id to cite it by, and its article's title in front. The title matters:
# “It is free.” alone is about nothing.

# %%
chunks = [
    {
        "id": f"{a['id']}/{section}",
        "title": a["title"],
        "article": a["id"],
        "text": f"{a['title']}: {text}",
    }
    for a in articles
    for section, text in a["sections"].items()
]


def embed(texts):
    """A vector for each text, in one request."""
    reply = endpoint.client.embeddings.create(model=endpoint.embedding, input=texts)
    return [row.embedding for row in reply.data]


# %% [markdown]
# A *vector store* keeps each chunk with its vector (numbers for what the text is about) and finds the chunks nearest to
# a question. We hand Chroma our own vectors: left alone, it downloads a model of its own.

# %%
database = chromadb.EphemeralClient()  # in memory; gone when the notebook stops
store = database.get_or_create_collection(
    "lesson-05", embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
)  # cosine: a distance of 0 is the same direction, 1 has nothing in common


def index(chunks):
    """Put chunks into the store. Those that are there already are replaced, so it can be run again."""
    ids, texts = [c["id"] for c in chunks], [c["text"] for c in chunks]
    articles = [{"article": c["article"]} for c in chunks]
    store.upsert(ids=ids, documents=texts, metadatas=articles, embeddings=embed(texts))


index(chunks)
store.count()


# %%
def retrieve(questions, k=4, without=None):
    """For each question its k nearest chunks, best first. without: an article that must not be found."""
    where = {"article": {"$ne": without}} if without else None  # $ne: not equal
    found = store.query(query_embeddings=embed(questions), n_results=k, where=where)
    return [
        [{"id": id, "text": text, "distance": distance} for id, text, distance in zip(*row)]
        for row in zip(found["ids"], found["documents"], found["distances"])
    ]


QUESTION = "What does the bus pass for people over 65 cost?"  # change me
show.table(retrieve([QUESTION])[0])

# %% [markdown]
# ## Delete one document
#
# The simplest bot: paste what was found, add the question. It answers well. Then somebody deletes one article, by
# mistake, and nobody tells the bot.


# %%
def ask(messages):
    options = {"model": endpoint.chat_large, **endpoint.steady}
    reply = endpoint.client.chat.completions.create(messages=messages, **options)
    return reply.choices[0].message.content


def plain_prompt(question, found):
    context = "\n".join(chunk["text"] for chunk in found)
    order = "Use this context to answer the question."
    return [{"role": "user", "content": f"{order}\n\nContext:\n{context}\n\nQuestion: {question}"}]


before = ask(plain_prompt(QUESTION, retrieve([QUESTION])[0]))
store.delete(where={"article": "bus-pass-senior"})
after = ask(plain_prompt(QUESTION, retrieve([QUESTION])[0]))
show.side_by_side({"all articles": before, "one deleted": after})

# %% [markdown]
# A price that is not theirs, from the nearest text left, in the same calm words. Nothing failed, nothing was logged. (The
# mock quotes; live models word it more smoothly, and some refuse.) Now a bot with ids, a duty to cite, and words to refuse:

# %%
DECLINE = "I don't know."
RULE = (
    "Answer the question from the sources only. After each sentence put the id of its source in square brackets. "
    f'If the sources do not hold the answer, reply exactly: "{DECLINE}"'
)


def cited_prompt(question, found):
    sources = "\n".join(f'<source id="{c["id"]}">\n{c["text"]}\n</source>' for c in found)
    user = f"{sources}\n\nQuestion: {question}"
    return [{"role": "system", "content": RULE}, {"role": "user", "content": user}]


# %%
missing = ask(cited_prompt(QUESTION, retrieve([QUESTION])[0]))
index([c for c in chunks if c["article"] == "bus-pass-senior"])  # it is back
present = ask(cited_prompt(QUESTION, retrieve([QUESTION])[0]))
show.side_by_side({"one deleted": missing, "all articles": present})

# %% [markdown]
# It refuses. But one question proves little: another wording may slip through. So we ask many questions, each without
# its article; “right” means that every key fact is in the reply.

# %%
questions = [q for q in load_sample("services/questions.jsonl") if q["split"] == "lesson"]
answerable = endpoint.sample([q for q in questions if q["articles"]])


def outcome(case, reply):
    """right, wrong or refused; what no article answers can only be wrong or refused."""
    if reply.replace("’", "'").lower().startswith(DECLINE.lower().rstrip(".")):
        return "refused"
    # a case's facts: [["library", "libraries"], ["18:00"]], each in one of its wordings
    facts = [any(wording.lower() in reply.lower() for wording in fact) for fact in case["facts"]]
    return "right" if facts and all(facts) else "wrong"


# %%
remaining = [retrieve([case["question"]], without=case["articles"][0])[0] for case in answerable]
cases = list(zip(answerable, remaining))


def without_its_article(prompt):
    replies = in_parallel(lambda pair: ask(prompt(pair[0]["question"], pair[1])), cases)
    outcomes = [outcome(case, reply) for case, reply in zip(answerable, replies)]
    return {name: outcomes.count(name) for name in ("right", "wrong", "refused")}


bots = {"pastes": without_its_article(plain_prompt), "cites": without_its_article(cited_prompt)}
show.table([{"bot": name, **counted} for name, counted in bots.items()])

# %%
refused = intervals.share(bots["cites"]["refused"], len(answerable))
show.text(
    f"Without the article, the bot that pastes refused **{bots['pastes']['refused']} of {len(answerable)}** times, "
    f"the bot that cites {bots['cites']['refused']}: {refused.percent()}, in brackets what so few questions leave open. "
    f"Its **{bots['cites']['wrong']}** wrong replies all look well sourced."
)

# %% [markdown]
# So a rule in the prompt is a beginning: the mock breaks it often, a live model seldom, and neither tells you. What
# follows is code around the model: good search, a prompt that fits, real citations, supported numbers, timely refusals.

# %% [markdown]
# ## Did the search find it?
#
# An answer cannot be better than its sources. *hit@k*: is the right article among the first k? *Reciprocal rank*: 1
# divided by the first right place. Their means over all questions are a search's marks.

# %% [markdown]
# ### Exercise 1 · Mark a search
#
# `ranking` lists articles, best first; several chunks of one article may be in it. `gold` is the right article. Give
# numbers between 0 and 1.


# %% exercise="marks"
def hit(ranking, gold, k):
    """1 if gold is among the first k, else 0: hit(["b", "a"], "a", 1) -> 0"""
    ### BEGIN SOLUTION
    return int(gold in ranking[:k])
    ### STARTER
    # return ...
    ### END SOLUTION


def reciprocal_rank(ranking, gold):
    """1 / the first place of gold, which is 1 for the best; 0 if it is not there."""
    ### BEGIN SOLUTION
    return 1 / (ranking.index(gold) + 1) if gold in ranking else 0
    ### STARTER
    # return ...
    ### END SOLUTION


# %%
lesson.marks.check()

# %%
# lesson.marks.hint()      # remove the first "#" of a line to run it
# lesson.marks.solution()

# %% [markdown]
# The same measures stand ready in `helpers.ranking`. Was it worth it to put the title in front of each chunk? Here is the
# search with it, and with the bare text. MRR is the mean reciprocal rank.

# %%
import numpy as np
from helpers import ranking

texts = [case["question"] for case in answerable]
bare = np.array(embed([c["text"].removeprefix(f"{c['title']}: ") for c in chunks]))
# The vectors have length 1, so their product is the cosine; "-" puts the nearest first.
orders = np.argsort(-np.array(embed(texts)) @ bare.T, axis=1)
ids = {
    "title in front": [[c["id"] for c in row] for row in retrieve(texts, k=20)],
    "bare text": [[chunks[i]["id"] for i in order[:20]] for order in orders],
}

# %%
gold = [case["articles"] for case in answerable]


def search_marks(rows):
    # dict.fromkeys keeps each article once, at its best place
    articles = [list(dict.fromkeys(id.split("/")[0] for id in row)) for row in rows]
    found = {f"hit@{k}": ranking.mean(ranking.hit, articles, gold, k=k) for k in (1, 2, 4)}
    return found | {"MRR": ranking.mean(ranking.reciprocal_rank, articles, gold)}


show.table([{"chunk": name, **search_marks(rows)} for name, rows in ids.items()])

# %% [markdown]
# Bare text loses a few questions. Marks near 1 also say that these questions are easy: they cannot tell a good search
# from a better one (lesson 06 can). And titles cost tokens in each prompt. What does a prompt add up to?

# %% [markdown]
# ## What does a prompt cost?
#
# Every chunk you add is paid with every question. A waterfall shows where the tokens go.

# %%
from helpers.tokens import request_tokens, text_tokens

K = 6  # change me
found = retrieve([QUESTION], k=K)[0]
parts = {"rule": text_tokens(RULE), "question": text_tokens(QUESTION)}
parts |= {c["id"]: text_tokens(c["text"]) for c in found}
whole = request_tokens(cited_prompt(QUESTION, found))
parts["tags, ids, wrapping"] = whole - sum(parts.values())
BUDGET = 200  # change me
plots.token_waterfall(
    parts, title="Tokens of one prompt", limit=("budget", BUDGET), source=endpoint.label
)

# %% [markdown]
# ### Exercise 2 · Fit the budget
#
# Go through the chunks, best first. Keep a chunk if the prompt with it and those already kept counts at most `budget`;
# else leave it out and go on. Give back the kept chunks.


# %% exercise="fit"
def fit(question, found, budget, count):
    """The chunks to send. `count(messages)` gives tokens; `cited_prompt` makes messages."""
    ### BEGIN SOLUTION
    kept = []
    for chunk in found:
        if count(cited_prompt(question, [*kept, chunk])) <= budget:
            kept.append(chunk)
    return kept
    ### STARTER
    # return found
    ### END SOLUTION


# %%
lesson.fit.check()

# %%
# lesson.fit.hint()
# lesson.fit.solution()

# %%
kept = fit(QUESTION, found, BUDGET, request_tokens)
tokens = request_tokens(cited_prompt(QUESTION, kept))
show.text(
    f"{len(kept)} of {len(found)} chunks, {tokens} tokens instead of {whole}. Reply: {ask(cited_prompt(QUESTION, kept))}"
)

# %% [markdown]
# ## Is the citation real?
#
# A model can write any id into brackets, also one that it never saw. Code sees that at once. This cell cuts a reply at
# full stops (roughly: “Dr. Lee” is cut, too), each sentence with the ids in it or right behind it.

# %%
import re


def claims(reply):
    """claims("It is free. [a/cost]") -> [("It is free.", ["a/cost"])]"""
    pieces = re.findall(r"\s*(.+?(?:[.!?]+(?=\s|$)|$)(?:\s*\[[^\]]*\])*[.!?]?)", reply, re.DOTALL)
    cut = []
    for piece in pieces:
        ids = [
            id.strip() for group in re.findall(r"\[([^\]]*)\]", piece) for id in group.split(",")
        ]
        cut.append((re.sub(r"\s*\[[^\]]*\]", "", piece).strip(), ids))
    return cut


claims("The pass costs 10 euros. [bus-pass-senior/cost] Children travel free.")

# %% [markdown]
# ### Exercise 3 · Check the citations
#
# Give two lists: `unknown`, the cited ids that no chunk in `found` has, and `uncited`, the sentences without an id. The
# refusal, `DECLINE`, needs no source.


# %% exercise="citation_faults"
def citation_faults(reply, found):
    """{"unknown": [ids], "uncited": [sentences]}, each in the order of the reply; both empty for a good reply."""
    faults = {"unknown": [], "uncited": []}
    ### BEGIN SOLUTION
    if reply.strip() == DECLINE:
        return faults
    known = {chunk["id"] for chunk in found}
    for sentence, ids in claims(reply):
        faults["unknown"] += [id for id in ids if id not in known]
        if not ids:
            faults["uncited"].append(sentence)
    ### END SOLUTION
    return faults


# %%
lesson.citation_faults.check()

# %%
# lesson.citation_faults.hint()
# lesson.citation_faults.solution()

# %% [markdown]
# All questions of the lesson now, also those that no article answers, to the bot that cites:

# %%
asked = endpoint.sample(questions)
retrieved = retrieve([case["question"] for case in asked])
pairs = list(zip(asked, retrieved))
replies = in_parallel(lambda pair: ask(cited_prompt(pair[0]["question"], pair[1])), pairs)
faults = [citation_faults(reply, found) for reply, found in zip(replies, retrieved)]
faulty = sum(any(fault.values()) for fault in faults)
wrong = [o == "wrong" for o in map(outcome, asked, replies)]
show.text(
    f"Replies with a fault in their citations: **{faulty}**. Wrong replies: **{sum(wrong)}** of {len(asked)}."
)

# %% [markdown]
# A citation that exists is not yet a citation that supports. On the mock, which copies sentences, ids are right by
# construction; live models do invent some. Which replies are wrong, though well cited?

# %%
rows = [(case["question"], reply) for case, reply, bad in zip(asked, replies, wrong) if bad]
show.table([{"question": question, "reply": reply} for question, reply in rows[:6]])

# %% [markdown]
# ## Do the numbers stand there?
#
# A wrong price hurts more than a clumsy sentence, and a number is easy to look up. 1,300 and 1300 are one number; 36 is
# not in 136; and an id such as `waste-fees-2026` is no claim.

# %%
NUMBER = r"\d+(?:[.,:]\d+)*"
re.findall(NUMBER, "From 8:30 on, 1,300 euros, or 0.36 percent.")

# %% [markdown]
# ### Exercise 4 · Guard the numbers
#
# Give the numbers of the reply that are in no chunk that the reply *cites*: in their order, and as the reply writes them.
# Use `NUMBER`, and `claims` to get rid of the ids.


# %% exercise="loose_numbers"
def loose_numbers(reply, found):
    """Numbers without support: loose_numbers("It costs 9 euros. [a/cost]", found) -> ["9"] if a/cost has no 9."""
    ### BEGIN SOLUTION
    cut = claims(reply)
    cited = {id for _, ids in cut for id in ids}
    texts = [chunk["text"] for chunk in found if chunk["id"] in cited]
    support = {number.replace(",", "") for text in texts for number in re.findall(NUMBER, text)}
    said = [number for sentence, _ in cut for number in re.findall(NUMBER, sentence)]
    return [number for number in said if number.replace(",", "") not in support]
    ### STARTER
    # return []
    ### END SOLUTION


# %%
lesson.loose_numbers.check()

# %%
# lesson.loose_numbers.hint()
# lesson.loose_numbers.solution()

# %% [markdown]
# The mock copies, so its numbers are always supported. Play a careless model: make each price one too high, and see what
# your guard catches.


# %%
def dearer(reply):
    return re.sub(r"(\d+) euros", lambda price: f"{int(price[1]) + 1} euros", reply)


spoilt = [(dearer(r), found) for r, found in zip(replies, retrieved) if dearer(r) != r]
caught = sum(bool(loose_numbers(reply, found)) for reply, found in spoilt)
alarms = sum(bool(loose_numbers(reply, found)) for reply, found in zip(replies, retrieved))
show.text(
    f"Wrong prices caught: **{caught} of {len(spoilt)}**. Untouched replies blamed: {alarms} of {len(replies)}."
)

# %% [markdown]
# ## When to refuse
#
# Refusing has two errors. A *false answer* misleads a citizen. A *needless refusal* sends one away who could have been
# helped. Each has its own share, and its own price.

# %%
KINDS = ("an article answers", "no article answers")
WANTED = {(KINDS[0], "right"), (KINDS[1], "refused")}


def matrix(replies):
    counts = {kind: {"right": 0, "wrong": 0, "refused": 0} for kind in KINDS}
    for case, reply in zip(asked, replies):
        kind = KINDS[0] if case["articles"] else KINDS[1]
        counts[kind][outcome(case, reply)] += 1
    return counts


plots.answer_matrix(matrix(replies), title="The rule alone", wanted=WANTED, source=endpoint.label)

# %% [markdown]
# The search knows something that the prompt does not say: how near the best chunk is. What if we refuse whatever is
# farther than a limit?

# %%
limits = [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6]
nearest = [found[0]["distance"] for found in retrieved]


def shares(limit):
    """False answers and needless refusals, each as a share, with this limit on the distance."""
    held = [reply if d <= limit else DECLINE for reply, d in zip(replies, nearest)]
    answers, others = (matrix(held)[kind] for kind in KINDS)
    false, needless = others["wrong"], answers["refused"]
    return false / max(1, sum(others.values())), needless / max(1, sum(answers.values()))


# %%
false, needless = zip(*map(shares, limits))
curves = {"false answers": false, "needless refusals": needless}
axes = {"x": "largest distance that is answered", "y": "share", "x_values": limits}
plots.lines(curves, title="One error for the other", **axes, source=endpoint.label)

# %% [markdown]
# No limit makes both small: a question about a night bus can be nearer to the school bus than a good question is to its
# own answer. A limit helps against what is far; what is near and wrong needs a look at the words.

# %% [markdown]
# ### Exercise 5 · Refuse well
#
# Put it together: ask, then give the model's reply, or `DECLINE`. Never pass on a reply with a fault in its citations or a
# loose number. On questions you have not seen, both shares have to be small. The hints have ideas.


# %% exercise="answer"
LIMIT = 0.4  # change me; vectors of another model have other distances


def answer(question, found, ask):
    """A reply to show, or DECLINE. found: chunks, best first, maybe none. ask(messages) gives the model's text."""
    ### BEGIN SOLUTION
    if not found or found[0]["distance"] > LIMIT:
        return DECLINE
    reply = ask(cited_prompt(question, found))
    faults = citation_faults(reply, found)
    if faults["unknown"] or faults["uncited"] or loose_numbers(reply, found):
        return DECLINE
    cited = {id for _, ids in claims(reply) for id in ids}
    text = " ".join(chunk["text"] for chunk in found if chunk["id"] in cited)
    years = re.findall(r"\b20\d\d\b", question)
    return reply if all(year in text for year in years) else DECLINE
    ### STARTER
    # return ask(cited_prompt(question, found))
    ### END SOLUTION


# %%
lesson.answer.check()

# %%
# lesson.answer.hint()
# lesson.answer.solution()

# %%
final = in_parallel(lambda pair: answer(pair[0]["question"], pair[1], ask), pairs)
plots.answer_matrix(matrix(final), title="Your answer()", wanted=WANTED, source=endpoint.label)
good = [matrix(some)[KINDS[0]]["right"] for some in (replies, final)]
show.text(
    f"Right answers: {good[0]} with the rule alone, **{good[1]}** now. What is lost is the price of caution."
)

# %% [markdown]
# Back to the deleted documents: the same questions, each without its article, now through your `answer`.

# %%
guarded = in_parallel(lambda pair: answer(pair[0]["question"], pair[1], ask), cases)
outcomes = [outcome(case, reply) for case, reply in zip(answerable, guarded)]
bots["your answer()"] = {name: outcomes.count(name) for name in ("right", "wrong", "refused")}
show.table(
    [{"bot": name, **counted} for name, counted in bots.items()],
    caption="Without the article that answers",
)

# %% [markdown]
# ## The same in LangChain
#
# Now the framework, with the parts that its introductions use: a store, a retriever, a prompt, a model, joined by `|`.
# `joined` is the line that nearly every example has.

# %%
from langchain_chroma import Chroma
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough


def their_index(chunks):
    metadata = {"hnsw:space": "cosine"}  # left out, distances are of another kind (l2)
    name, vectors = "lesson-05-langchain", endpoint.embeddings()
    made = Chroma(name, vectors, client=database, collection_metadata=metadata)
    ids = [c["id"] for c in chunks]
    made.add_texts([c["text"] for c in chunks], [{"id": id} for id in ids], ids=ids)
    return made


retriever = their_index(chunks).as_retriever(search_kwargs={"k": 4})


# %%
def joined(documents):
    return "\n\n".join(document.page_content for document in documents)


def chain(join):
    template = [("system", RULE), ("user", "{context}\n\nQuestion: {question}")]
    inputs = {"context": retriever | join, "question": RunnablePassthrough()}
    model = endpoint.chat_model(**endpoint.steady)
    return inputs | ChatPromptTemplate.from_messages(template) | model | StrOutputParser()


print(chain(joined).invoke(QUESTION))

# %% [markdown]
# The rule asks for ids, and `joined` has thrown them away: it keeps `page_content` and drops the metadata. The model was
# asked to cite what it cannot see. One line brings them back.


# %%
def tagged(documents):
    return "\n".join(
        f'<source id="{d.metadata["id"]}">\n{d.page_content}\n</source>' for d in documents
    )


print(chain(tagged).invoke(QUESTION))


# %%
def measured(name, run):
    """Calls, tokens and outcomes of a bot on the lesson's questions."""
    first = len(endpoint.ledger.calls)
    results = in_parallel(lambda case: run(case["question"]), asked)
    calls, counts = endpoint.ledger.calls[first:], matrix(results)
    row = {"bot": name, "calls": len(calls)}
    row["tokens in"] = sum(call.input_tokens for call in calls)
    row["as wanted"] = sum(counts[kind][what] for kind, what in WANTED)
    row["bad citations"] = sum(any(f.values()) for f in map(citation_faults, results, retrieved))
    return row


# %%
rows = [
    measured("by hand", lambda q: ask(cited_prompt(q, retrieve([q])[0]))),
    measured("LangChain, joined", chain(joined).invoke),
    measured("LangChain, tagged", chain(tagged).invoke),
]
show.table(rows, caption=f"The lesson's {len(asked)} questions")

# %% [markdown]
# Same calls, same tokens. It bought parts that fit together: another store, model or streaming, in one line each. It hid
# the distance (`score_threshold` is its limit), the prompt's seams, and how texts are joined: where answers are won or lost.

# %% [markdown]
# ## Looked right, was wrong
#
# Buses, times, a real source. Read what each guard says about this reply, and then the question again:

# %%
case = next(q for q in questions if "night bus" in q["question"])
near = retrieve([case["question"]])[0]
reply = ask(cited_prompt(case["question"], near))
show.table(
    {
        "what": ["question", "reply", "distance", "faults", "loose numbers"],
        "value": [case["question"], reply, f"{near[0]['distance']:.2f}",
                  str(citation_faults(reply, near)), str(loose_numbers(reply, near))],
    }
)  # fmt: skip

# %% [markdown]
# Guards by code catch what is *invented*. (A live model may well refuse here; it has other questions where it does not.)
# Whether a source *answers the question* needs labelled questions, a tested judge, or a person: lesson 08.

# %% [markdown]
# ## On OpenAI and Azure
#
# - Live models refuse more readily than the mock, and more politely: ask for exact words, so that code can see it.
# - `LIMIT` belongs to one embedding model. Choose it again whenever that changes, on questions whose answer you know.
# - Azure AI Search, or OpenAI's file search, can be the store. The guards stay yours.

# %% [markdown]
# ## Take it along
#
# Chunks, vectors and the prompt's parts go into your folder: lesson 06 searches better in the same store.

# %%
import json

kept = store.get(ids=[c["id"] for c in chunks], include=["embeddings"])
place = {id: row for row, id in enumerate(kept["ids"])}
vectors = np.array(kept["embeddings"], dtype=np.float32)[[place[c["id"]] for c in chunks]]
np.savez(artefact("05_vectors.npz"), vectors=vectors)
settings = {
    "embedding": endpoint.embedding,
    "rule": RULE,
    "decline": DECLINE,
    "limit": LIMIT,
    "k": 4,
}
bundle = {**settings, "chunks": chunks}
artefact("05_store.json").write_text(json.dumps(bundle, ensure_ascii=False), encoding="utf-8")
vectors.shape

# %% [markdown]
# ## Recap

# %%
lesson.recap.ask()

# %% exercise="recap"
### BEGIN SOLUTION
recap = {1: "b", 2: "c", 3: "a", 4: "b"}
### STARTER
# recap = {1: ..., 2: ..., 3: ..., 4: ...}  # a letter for each question, such as "a"
### END SOLUTION

# %%
lesson.recap.check()

# %%
# lesson.recap.hint()

# %%
lesson.progress()
