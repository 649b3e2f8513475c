/**
 * Which words of a zone's name to set off. In Arabic the word that tells neighbours apart comes last,
 * where a hurried eye does not get to: of «المدرج الشمالي» and «المدرج الجنوبي» it is «الشمالي». The name
 * keeps its order, for in another it would be another name; what it shares with others steps back.
 */
export interface ToldName {
  /** The words that tell it from others. */
  own: string;
  /** The words before them, shared with another zone; "" if there are none. */
  shared: string;
}

export function told(name: string, others: string[]): ToldName {
  const words = name.split(/\s+/);
  const shared = Math.max(0, ...others.map((other) => (other === name ? 0 : common(words, other.split(/\s+/)))));
  if (shared === words.length) return { own: name, shared: "" }; // "Runway" beside "Runway north" keeps its word
  return { own: words.slice(shared).join(" "), shared: words.slice(0, shared).join(" ") };
}

function common(one: string[], other: string[]): number {
  let count = 0;
  while (count < one.length && count < other.length && one[count] === other[count]) count++;
  return count;
}
