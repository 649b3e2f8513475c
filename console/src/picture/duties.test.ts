import { describe, expect, it } from "vitest";
import type { Duty } from "../wire";
import { isPressing } from "./duties";

const duty = (level: number) => ({ level }) as Duty;

describe("a duty that is late", () => {
  it("presses while what it is for goes on, and not after the attack or the all-clear", () => {
    expect([isPressing(duty(2), 3), isPressing(duty(3), 3), isPressing(duty(4), 4)]).toEqual([true, true, true]);
    expect([isPressing(duty(3), 4), isPressing(duty(3), 1), isPressing(duty(4), 0), isPressing(duty(4), 3)]).toEqual([false, false, false, false]);
  });
});
