import { concat, fromHex, utf8, type Octets } from "./octets";
import type { Suite } from "./suite";

// QuestionError says why a question does not fit its suite: the position of the first
// wrong character, from 1, or 0 when the length is wrong. It never quotes the question,
// which may be payment data.
export class QuestionError extends Error {
  constructor(
    readonly at: number,
    readonly length: number,
  ) {
    super(at > 0 ? `character ${at} of the question is not allowed by the suite` : `a question of ${length} characters does not fit the suite`);
  }
}

const alphabets: Record<Suite["alphabet"], RegExp> = { A: /[A-Za-z0-9]/, N: /[0-9]/, H: /[0-9A-Fa-f]/ };

// shortest is the shortest question that is taken: as long as the response (RFC 6287,
// section 8.2, IC4), at least 4, never more than the suite carries.
export const shortest = (s: Suite): number => Math.min(Math.max(s.digits, 4), s.longest);

// checkQuestion throws a QuestionError for a question of the wrong length or alphabet.
export function checkQuestion(s: Suite, question: string): void {
  if (question.length < shortest(s) || question.length > s.longest) throw new QuestionError(0, utf8(question).length);
  const wrong = [...question].findIndex((c) => !alphabets[s.alphabet].test(c));
  if (wrong >= 0) throw new QuestionError(wrong + 1, question.length);
}

// encodeQuestion is Q of RFC 6287, section 5.1: 128 octets, filled with zeros on the right,
// nibble by nibble. Two questions (mutual modes) are one text.
export function encodeQuestion(s: Suite, ...questions: string[]): Octets {
  for (const q of questions) checkQuestion(s, q);
  const joined = questions.join("");
  const q = s.alphabet === "A" ? utf8(joined) : nibbles(s.alphabet === "N" ? BigInt(joined).toString(16) : joined);
  return concat(q, new Uint8Array(128 - q.length));
}

const nibbles = (digits: string): Octets => fromHex(digits.length % 2 ? digits + "0" : digits);
