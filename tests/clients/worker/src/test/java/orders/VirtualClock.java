package orders;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import support.Emulator;

/** The emulator's time, for a program that asks a Clock for it. */
class VirtualClock extends Clock {
    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(Emulator.START_MS + Emulator.elapsedMs());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException();
    }
}
