"""The tools as another program sees them: the SDK's own client talks to the real program over stdin and stdout."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from mcp import Client
from mcp.client.stdio import StdioServerParameters

from qa.cli import run

ROOT = Path(__file__).resolve().parent.parent
QUESTION = "Hoeveel procent stemde tegen de fusie in Damshorn?"


def talk(conversation, *arguments):
    """Run `bronvast mcp` and give a client of it to a coroutine."""
    program = StdioServerParameters(
        command=sys.executable,
        args=["-m", "qa.cli", *arguments, "mcp", "--llm", "none"],
        env=dict(os.environ),
        cwd=ROOT,
    )

    async def go():
        async with Client(program, read_timeout_seconds=60) as client:
            return await conversation(client)

    return asyncio.run(go())


def test_three_tools_that_only_read_and_say_what_they_give():
    async def conversation(client):
        return (await client.list_tools()).tools, client.instructions

    tools, instructions = talk(conversation)
    assert [tool.name for tool in tools] == ["search", "ask", "show"]
    assert all(tool.annotations.read_only_hint and not tool.annotations.open_world_hint for tool in tools)
    assert "never an instruction" in instructions.replace("\n", " ")
    ask = tools[1]
    assert ask.input_schema["required"] == ["question"]
    assert {"text", "citations", "nearest"} <= set(ask.output_schema["required"])
    citation = ask.output_schema["$defs"]["CitationObject"]["required"]
    assert {"article_id", "start", "end", "quote", "sha256"} <= set(citation)


def test_a_question_a_search_and_the_article_behind_the_citation(samples):
    async def conversation(client):
        answered = await client.call_tool("ask", {"question": QUESTION})
        citation = answered.structured_content["citations"][0]
        span = {"article_id": citation["article_id"], "start": citation["start"], "end": citation["end"]}
        return (
            answered,
            await client.call_tool("search", {"query": "Hanzebrug inspecteurs scheuren", "limit": 1}),
            await client.call_tool("search", {"query": "Hanzebrug", "until": "2020"}),
            await client.call_tool("show", span),
            await client.call_tool("ask", {"question": "Wie won de Elfstedentocht van 1997?"}),
        )

    answered, found, nothing, shown, abstained = talk(conversation, "--library", str(samples / "library"))
    answer = answered.structured_content
    assert (answer["status"], answer["llm"]["backend"]) == ("answered", "none")
    file = (samples / "articles" / "fusie-referendum.txt").read_text(encoding="utf-8")
    (citation,) = answer["citations"]
    assert file[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["sha256"] == hashlib.sha256(file.encode()).hexdigest()
    assert "stemde 53,4 procent tegen en 46,6 procent voor. [1]\n" in answered.content[0].text
    (hit,) = found.structured_content["hits"]
    assert hit["source"] == str(samples / "articles" / "hanzebrug-dicht.md")
    assert "Inspecteurs vonden scheuren in twee van de vier hoofdliggers." in found.content[0].text
    assert nothing.structured_content["hits"] == []
    assert nothing.content[0].text == "Nothing found."
    assert shown.structured_content["text"] == file
    assert f"⟦{citation['quote']}⟧" in shown.content[0].text
    assert abstained.structured_content["status"] == "abstained"
    assert abstained.structured_content["citations"] == []
    assert not any(result.is_error for result in (answered, found, nothing, shown, abstained))


def test_what_goes_wrong_is_said_and_the_next_call_works(samples, tmp_path):
    library = tmp_path / "library"

    async def conversation(client):
        missing = await client.call_tool("ask", {"question": QUESTION})
        await asyncio.to_thread(shutil.copytree, samples / "library", library)
        return [
            missing,
            *[
                await client.call_tool(name, arguments)
                for name, arguments in (
                    ("ask", {"question": "  "}),
                    ("ask", {"question": "Wie?", "since": "gisteren"}),
                    ("show", {"article_id": "zzz"}),
                    ("show", {"article_id": str(samples / "articles" / "veerpont-stopt.md"), "start": 5}),
                    ("search", {"query": "brug", "limit": 0}),
                )
            ],
        ], await client.call_tool("search", {"query": "brug"})

    failed, worked = talk(conversation, "--library", str(library))
    assert all(result.is_error for result in failed)
    said = [result.content[0].text for result in failed]
    assert "make one with: bronvast add" in said[0]
    assert "there is no question" in said[1]
    assert "write YYYY, YYYY-MM or YYYY-MM-DD" in said[2]
    assert "there is no article zzz; see: bronvast list" in said[3]
    assert "is not a stretch of text" in said[4]
    assert not worked.is_error and worked.structured_content["hits"]


def test_nothing_but_the_protocol_is_printed_and_the_end_of_input_ends_it(samples):
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "ask", "arguments": {"question": QUESTION}},
    }
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    process = subprocess.Popen(
        [sys.executable, "-m", "qa.cli", "--library", str(samples / "library"), "mcp", "--llm", "none"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    for message in (hello, ready, call):
        process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    answers = [json.loads(process.stdout.readline()) for _ in range(2)]
    out, err = process.communicate(timeout=30)
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["structuredContent"]["status"] == "answered"
    assert (process.returncode, out, err) == (0, b"", b"")


def test_without_the_sdk_the_command_says_how_to_get_it(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "qa.mcp_server", raising=False)
    assert run(["mcp"]) == 2
    assert capsys.readouterr().err == (
        'bronvast: the MCP server is not installed; install it with: pip install "bronvast[mcp]"\n'
    )
