"""Writes cases.json: small chat templates with the constructs of published ones, as transformers renders them.

    python3 -m pip install jinja2 transformers && python3 make.py
"""

import json
from datetime import datetime

from transformers.utils import chat_template_utils

TEMPLATES = {
    # A default system turn (ChatML).
    "chatml": """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system
Be helpful.<|im_end|>
' }}{% endif %}{{'<|im_start|>' + message['role'] + '
' + message['content'] + '<|im_end|>' + '
'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}""",
    # A date, headers, messages without their first (Llama 3).
    "headers": r"""{{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y, %A %B %m %y %H:%M:%S %j %%") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{#- The system turn #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|head|>system<|end|>\n\nDate: " + date_string + "\n\n" }}
{%- if tools is not none and not tools_in_user %}
    {{- tools | tojson(indent=4) }}
{%- endif %}
{{- system_message }}
{%- for message in messages %}
    {%- if not (message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|head|>' + message['role'] + '<|end|>\n\n'+ message['content'] | trim + '<|eot|>' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|head|>assistant<|end|>\n\n' }}
{%- endif %}
""",
    # Thoughts that are kept in the last answer only (Qwen 3).
    "thoughts": r"""{%- if messages[0].role == 'system' %}
    {{- '<|s|>' + messages[0].content + '<|e|>\n' }}
{%- endif %}
{%- set ns = namespace(open=true, last_query=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.open and message.role == "user" and not(message.content.startswith('<tool>') and message.content.endswith('</tool>')) %}
        {%- set ns.open = false %}
        {%- set ns.last_query = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|s|>' + message.role + '\n' + content + '<|e|>' + '\n' }}
    {%- elif message.role == "assistant" %}
        {%- set thought = '' %}
        {%- if message.thought is defined and message.thought is not none %}
            {%- set thought = message.thought %}
        {%- elif '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\n') %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query and (loop.last or (not loop.last and thought)) %}
            {{- '<|s|>' + message.role + '\n<think>\n' + thought.strip('\n') + '\n</think>\n\n' + content.lstrip('\n') }}
        {%- else %}
            {{- '<|s|>' + message.role + '\n' + content }}
        {%- endif %}
        {{- '<|e|>\n' }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|s|>assistant\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\n\n</think>\n\n' }}
    {%- endif %}
{%- endif %}
""",
    # The system turn as the beginning of the user's, roles that alternate (Gemma 3).
    "alternating": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set prefix = messages[0]['content'] + '

' -%}
    {%- else -%}
        {%- set prefix = messages[0]['content'][0]['text'] + '

' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<turn>' + role + '
' + (prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {{ item['text'] | trim }}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '</turn>
' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<turn>model
'}}
{%- endif -%}
""",
    # Instructions in the system turn, marked generations (SmolLM 3).
    "instructions": r"""{# ───── defaults ───── #}
{%- if enable_thinking is not defined -%}
{%- set enable_thinking = true -%}
{%- endif -%}
{%- if enable_thinking -%}
  {%- set mode = "/think" -%}
{%- else -%}
  {%- set mode = "/no_think" -%}
{%- endif -%}
{{- "<|s|>system\n" -}}
{%- if messages[0].role == "system" -%}
  {%- set system_message = messages[0].content -%}
  {%- if "/no_think" in system_message -%}
    {%- set mode = "/no_think" -%}
  {%- elif "/think" in system_message -%}
    {%- set mode = "/think" -%}
  {%- endif -%}
  {%- set custom = system_message.replace("/no_think", "").replace("/think", "").rstrip() -%}
{%- endif -%}
{%- if custom and "/override" in custom -%}
  {{- custom.replace("/override", "") -}}
{%- elif custom -%}
  {{- "## Custom\n\n" + custom + "\n\n" -}}
{%- else -%}
  {{- "## Default, " ~ mode ~ "\n\n" -}}
{%- endif -%}
{{- "<|e|>\n" -}}
{%- for message in messages -%}
    {%- set content = message.content if message.content is string else "" -%}
    {%- if message.role == "user" -%}
        {{ "<|s|>" + message.role + "\n"  + content + "<|e|>\n" }}
    {%- elif message.role == "assistant" -%}
        {% generation %}
        {%- if mode == "/think" -%}
            {{ "<|s|>assistant\n" + content.lstrip("\n") + "<|e|>\n" }}
        {%- else -%}
            {{ "<|s|>assistant\n" + "<think>\n\n</think>\n" + content.lstrip("\n") + "<|e|>\n" }}
        {%- endif -%}
        {% endgeneration %}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {%- if mode == "/think" -%}
        {{ "<|s|>assistant\n" }}
    {%- else -%}
        {{ "<|s|>assistant\n" + "<think>\n\n</think>\n" }}
    {%- endif -%}
{%- endif -%}
""",
    # Macros, loop controls, blocks on lines of their own, lists, characters of a text.
    "blocks": r"""{% macro turn(role, content, end='<|e|>') -%}
[{{ role | upper }}]{{ content }}{{ end }}
{% endmacro %}
{% set seen = [] %}
Roles:
{% for message in messages %}
  {% if loop.index0 > 4 %}
    {% break %}
  {% endif %}
  {% if message.role not in ['user', 'assistant'] %}
    {% continue %}
  {% endif %}
  {{ turn(message['role'], message.content) }}
  {{- loop.index ~ '/' ~ loop.length ~ (', ' if not loop.last else '.') }}
{% endfor %}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }} by the user,
{{ messages | map(attribute='role') | join(', ') }};
{{ messages[-1].role[0] }}{{ messages[0]['role'][:2] }} {{ 7 // 2 }} {{ 7 % 4 }} {{ 2 * 3 - 1 }} {{ [1, 2][-1] }} {{ {'a': 'b'}['a'] }}
{% for i in range(3, -1, -1) %}{{ i }}{% endfor %}

{% raw %}{{ as it is }}{% endraw %}
{{ 'quote \' and "double", tab \t, backslash \\ é' }}{{ unknown }}
{% if add_generation_prompt %}
{{ eos_token }}{{ pad_token }}[ASSISTANT]
{% endif %}
""",
}
TEMPLATES["carriage-returns"] = TEMPLATES["chatml"].replace("\n", "\r\n")


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def system(text):
    return {"role": "system", "content": text}


CONVERSATIONS = [
    [user("Review: a dull film\nSentiment:")],
    [user("  spaces around  "), assistant(" bad\n"), user("q")],
    [system("Be brief."), user("a"), assistant("b"), user("c"), assistant("d"), user("e")],
    [system(""), user("x")],
    [system("\n sys \n"), user("x"), assistant("y")],
    [
        user("a {{ b }} {% c %} {# d #} <tag> & \"q\" 'p' \\n"),
        assistant("é 漢 🙂\u00a0\x1f"),
        user("<tool>x</tool>"),
    ],
    [user("a"), assistant("<think>\nwhy\n</think>\n\nanswer"), user("b"), assistant("</think>x</think>\n\ny"), user("z")],
    [user("a"), assistant("<think>\nwhy\n</think>\n\nanswer")],
    [user("a"), user("b")],
    [assistant("first"), user("a")],
    [system("/no_think"), user("x"), assistant("\n\ny"), user("z")],
    [system("/override Be terse./think "), user("x"), assistant("y"), user("z")],
    [user("")],
]

NOW = datetime(2026, 7, 6, 9, 5, 3)


class Clock:
    @staticmethod
    def now():
        return NOW


def rendered(template, turns, generation_prompt):
    try:
        text, _ = chat_template_utils.render_jinja_template(
            conversations=[turns],
            chat_template=template,
            add_generation_prompt=generation_prompt,
            bos_token="<s>",
            eos_token="</s>",
            pad_token="<pad>",
        )
        return {"text": text[0]}
    except Exception as e:
        return {"error": str(e)}


chat_template_utils.datetime = Clock
cases = [
    {"template": name, "turns": turns, "generation_prompt": generation_prompt, **rendered(template, turns, generation_prompt)}
    for name, template in TEMPLATES.items()
    for turns in CONVERSATIONS
    for generation_prompt in (False, True)
]
with open("cases.json", "w", encoding="utf-8", newline="\n") as file:
    json.dump({"now": NOW.isoformat(), "templates": TEMPLATES, "cases": cases}, file, ensure_ascii=False, indent=1)
    file.write("\n")
