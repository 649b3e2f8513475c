/** What tells zones apart whose names share words: people read the first word first, and perhaps no more. */
export interface ToldName {
  /** The words that no other zone begins or ends with. */
  own: string;
  /** The words it shares with others, "" if there are none. */
  shared: string;
}

export function told(name: string, others: string[]): ToldName {
  const words = name.split(/\s+/);
  const rest = others.filter((other) => other !== name).map((other) => other.split(/\s+/));
  const ahead = Math.max(0, ...rest.map((other) => common(words, other)));
  const behind = Math.max(0, ...rest.map((other) => common([...words].reverse(), [...other].reverse())));
  // a name is never all shared: "Runway" beside "Runway north" keeps its word
  if (ahead >= behind && ahead > 0 && ahead < words.length) {
    return { own: words.slice(ahead).join(" "), shared: words.slice(0, ahead).join(" ") };
  }
  if (behind > 0 && behind < words.length) {
    return { own: words.slice(0, -behind).join(" "), shared: words.slice(-behind).join(" ") };
  }
  return { own: name, shared: "" };
}

function common(one: string[], other: string[]): number {
  let count = 0;
  while (count < one.length && count < other.length && one[count] === other[count]) count++;
  return count;
}
