"""Writes expected.json: answers and margins of conf/sweeps/real-models.conf by transformers, in float32.

    python3 make.py MODEL_DIR ROWS.jsonl TRAIN.jsonl TEST.jsonl

ROWS.jsonl has the demonstrations and queries, one trial a line: task, demonstration_ids, predictions (query_id). Each
prompt is tokenised whole, a conversation by apply_chat_template, and each label scored by the sum of its tokens'
log-likelihoods; the margin is the best score less the second best, in nats. Needs torch and transformers.
"""

import json
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

WORDS = {"negative": " negative", "positive": " positive"}
INSTRUCTION = "Answer with one word, negative or positive."


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def main(folder, rows, train, test):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    train, test = lines(train), lines(test)

    def query(example):
        return f"Review: {example['text']}\nSentiment:"

    def plain(shown, asked):
        return "".join(f"{query(one)}{WORDS[one['label']]}\n\n" for one in shown) + query(asked)

    def chat(shown, asked):
        turns = [{"role": "system", "content": INSTRUCTION}]
        for one in shown:
            turns.append({"role": "user", "content": query(one)})
            turns.append({"role": "assistant", "content": WORDS[one["label"]].strip()})
        turns.append({"role": "user", "content": query(asked)})
        return tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)

    def scores(prompt, chatting):
        def tokens(text):
            return tokenizer(text, add_special_tokens=not chatting)["input_ids"]

        start, score = tokens(prompt), {}
        for label, word in WORDS.items():
            whole = tokens(prompt + (word.strip() if chatting else word))
            first = next((i for i, (a, b) in enumerate(zip(start, whole)) if a != b), len(start))
            with torch.no_grad():
                chances = torch.log_softmax(model(torch.tensor([whole])).logits[0].double(), -1)
            score[label] = sum(float(chances[i - 1, whole[i]]) for i in range(first, len(whole)))
        return score

    answers = []
    for row in lines(rows):
        chatting = row["task"] == "sst2-chat"
        shown = [train[i] for i in row["demonstration_ids"]]
        for prediction in row["predictions"]:
            prompt = (chat if chatting else plain)(shown, test[prediction["query_id"]])
            score = scores(prompt, chatting)
            best, second = sorted(score.values(), reverse=True)[:2]
            answers.append({
                "task": row["task"], "demonstration_ids": row["demonstration_ids"], "query_id": prediction["query_id"],
                "answer": max(score, key=score.get), "margin": best - second})
    with open("expected.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(answer) for answer in answers) + "\n]\n")


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
