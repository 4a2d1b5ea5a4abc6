"""OpenAI's own client for browsers, with a client secret of ours, to the same peer."""

from pathlib import Path

import urllib3
from playwright.sync_api import BrowserContext

from local.stack import LocalStack

BUNDLE = (
    Path(__file__).parent
    / "node_modules/@openai/agents-realtime/dist/bundle/openai-realtime-agents.umd.js"
)
TALK = """async ({ apiKey, baseUrl }) => {
  const { RealtimeAgent, RealtimeSession, OpenAIRealtimeWebRTC } = window.OpenAIAgentsRealtime;
  const agent = new RealtimeAgent({ name: "assistant", instructions: "Be brief." });
  const transport = new OpenAIRealtimeWebRTC({ baseUrl });
  // What the fake microphone says shall not interrupt the answer.
  const config = { audio: { input: { turnDetection: null } } };
  const session = new RealtimeSession(agent, { transport, model: "gpt-realtime-2.1", config });
  const seen = [];
  const errors = [];
  session.on("error", (error) => errors.push(JSON.stringify(error)));
  const answered = new Promise((resolve) => {
    session.on("transport_event", (event) => {
      seen.push(event.type);
      if (event.type === "response.done") resolve();
    });
  });
  await session.connect({ apiKey });
  session.sendMessage("Hello");
  await answered;
  await new Promise((resolve) => setTimeout(resolve, 200));
  const textOf = (item) => item.content?.map((part) => part.transcript ?? part.text).join("");
  const history = session.history.map((item) => [item.role, textOf(item)]);
  session.close();
  return { seen, errors, history };
}"""


def test_the_official_client_talks_to_the_peer(
    context: BrowserContext, elsewhere: str, tmp_path: Path, stack: LocalStack
) -> None:
    assert stack.standin is not None
    minted = urllib3.request(
        "POST",
        f"{stack.gateway.url}/v1/realtime/client_secrets",
        json={"session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}}},
    ).json()
    page = context.new_page()
    # A page of the developer's own, without the console's policy.
    (tmp_path / "index.html").write_text("<!doctype html>")
    page.goto(elsewhere)
    page.add_script_tag(path=BUNDLE)

    told = page.evaluate(
        TALK, {"apiKey": minted["value"], "baseUrl": f"{stack.standin.base_url}/realtime/calls"}
    )

    assert told["errors"] == []
    assert {"session.created", "session.updated", "response.done"} <= set(told["seen"])
    assert "offline peer" in str(told["history"])
