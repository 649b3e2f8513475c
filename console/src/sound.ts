/**
 * The alarm sound, made by WebAudio: browsers allow it only after a gesture, so the console says
 * loudly while it is blocked. Warn: two quick tones; alert: one tone every three seconds.
 */
type Heard = () => void;

const WARN_TONES_HZ = [880, 660] as const;
const ALERT_TONE_HZ = 520;

class AlarmSound {
  private context: AudioContext | null = null;
  private stage = 0;
  private timer = 0;
  private listeners = new Set<Heard>();

  /** Whether the browser lets us sound. */
  get armed(): boolean {
    return this.context?.state === "running";
  }

  /** Call from any gesture. */
  async arm(): Promise<void> {
    this.context ??= new AudioContext();
    this.context.onstatechange = () => this.listeners.forEach((told) => told());
    if (this.context.state !== "running") await this.context.resume();
    this.listeners.forEach((told) => told());
  }

  onChange(told: Heard): () => void {
    this.listeners.add(told);
    return () => this.listeners.delete(told);
  }

  /** Sound for a stage: 3 warn, 2 alert, 0 silence. */
  sound(stage: number): void {
    if (stage === this.stage) return;
    this.stage = stage;
    window.clearInterval(this.timer);
    if (stage === 0) return;
    this.once();
    this.timer = window.setInterval(() => this.once(), stage >= 3 ? 900 : 3000);
  }

  /** Let the operator hear that it works. */
  test(): void {
    this.tone(ALERT_TONE_HZ, 0, 0.25);
  }

  /** One short tone: something has grown that is acknowledged already. */
  more(): void {
    this.tone(ALERT_TONE_HZ, 0, 0.2);
  }

  private once(): void {
    if (this.stage >= 3) WARN_TONES_HZ.forEach((hertz, place) => this.tone(hertz, place * 0.25, 0.22));
    else this.tone(ALERT_TONE_HZ, 0, 0.35);
  }

  private tone(hertz: number, after: number, lasts: number): void {
    const context = this.context;
    if (context?.state !== "running") return;
    const start = context.currentTime + after;
    const gain = context.createGain();
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(0.35, start + 0.02);
    gain.gain.setValueAtTime(0.35, start + lasts - 0.04);
    gain.gain.linearRampToValueAtTime(0, start + lasts);
    const oscillator = context.createOscillator();
    oscillator.type = "triangle";
    oscillator.frequency.value = hertz;
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(start + lasts);
  }
}

export const alarmSound = new AlarmSound();
