// Talks with the application. All texts stay texts: nothing here or in the pages becomes markup.

/** Asks for JSON; with a body, or told to, changes something. Throws what the application says is wrong. */
export async function ask(path, body, method = body === undefined ? "GET" : "POST") {
  const response = await send(path, body, method);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

/** Asks for lines of JSON, one after the other as they come. */
export async function* stream(path, body) {
  const response = await send(path, body, "POST");
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) {
      return;
    }
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      yield JSON.parse(line);
    }
  }
}

async function send(path, body, method) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) {
    throw new Error(await reason(response));
  }
  return response;
}

async function reason(response) {
  try {
    return (await response.json()).error;
  } catch {
    return `the application answered ${response.status}`;
  }
}
