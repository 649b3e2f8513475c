/** When a duty that is late matters. Pure. */
import type { Duty } from "../wire";

const ATTACK = 3;

/**
 * Whether a duty belongs to what goes on: during an attack all that leads to it does, after it and after the all-clear
 * only the duties of that time. A cover order of an attack that is over is nobody's any more.
 */
export const isPressing = (duty: Duty, level: number): boolean => duty.level === level || (level <= ATTACK && level > duty.level);
