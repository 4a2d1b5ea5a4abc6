// Where in a JSON text each field is, so that an error can be shown where it belongs.

const TOKEN = /"(?:[^"\\\n]|\\.)*"?|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]|[^\s{}[\],:"]+/g;

/** The tokens of a JSON text, also of a broken one: text, start, and what it is. */
export function tokensOf(text) {
  const tokens = [...text.matchAll(TOKEN)].map((match) => ({
    text: match[0],
    start: match.index,
    end: match.index + match[0].length,
    kind: kindOf(match[0]),
  }));
  tokens.forEach((token, index) => {
    if (token.kind === "string" && tokens[index + 1]?.text === ":") token.kind = "key";
  });
  return tokens;
}

function kindOf(text) {
  if (text[0] === '"') return "string";
  if (/^[{}[\],:]$/.test(text)) return "mark";
  return /^(-?\d|true$|false$|null$)/.test(text) ? "value" : "wrong";
}

/** Path (`session.tools[0].name`) to the range of its field, in a valid JSON text. */
export function placesOf(text) {
  const tokens = tokensOf(text);
  const places = new Map();
  let at = 0;

  function value(path, start) {
    const first = tokens[at++];
    if (!first) return;
    if (first.text === "{") members(path);
    if (first.text === "[") elements(path);
    places.set(path, { start: start ?? first.start, end: tokens[at - 1].end });
  }
  function members(path) {
    while (at < tokens.length && tokens[at].text !== "}") {
      const key = tokens[at];
      at += 2;
      value(path ? `${path}.${unquoted(key.text)}` : unquoted(key.text), key.start);
      if (tokens[at]?.text === ",") at += 1;
    }
    at += 1;
  }
  function elements(path) {
    for (let index = 0; at < tokens.length && tokens[at].text !== "]"; index += 1) {
      value(`${path}[${index}]`);
      if (tokens[at]?.text === ",") at += 1;
    }
    at += 1;
  }

  try {
    JSON.parse(text);
  } catch {
    return places;
  }
  value("");
  return places;
}

function unquoted(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The range of the field at `path`, or of the nearest one around it; null when there is none. */
export function rangeOf(places, path) {
  for (let rest = path; rest; rest = rest.replace(/(?:\.[^.[\]]*|\[\d+\]|^[^.[\]]+)$/, "")) {
    if (places.has(rest)) return { ...places.get(rest), exact: rest === path };
    if (!/[.[]/.test(rest)) break;
  }
  return null;
}
