package org.iclsweep.sweep.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.iclsweep.sweep.table.Cost;
import org.iclsweep.sweep.table.Storage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run of a hundred trials on two slots. */
class CostAccountTest {
    private static CostAccount account(Cost before) {
        return new CostAccount(before, 100);
    }

    private static void commit(CostAccount account, long trials, double slotSeconds, double all, long clock) {
        account.committed(trials, slotSeconds, 2, () -> all, Duration.ofSeconds(clock));
    }

    @Test
    void theFirstWaveForetellsTheRestAndLaterOnesChangeNothingOfIt() {
        CostAccount account = account(Cost.unknown("p"));
        commit(account, 10, 4, 40, 3);
        commit(account, 90, 32, 36, 19);
        Cost.Foretold foretold = account.now().foretold();
        assertThat(foretold).isNotNull();
        assertThat(foretold.by()).isEqualTo("run");
        assertThat(foretold.basis()).contains("10 of 100 trials in 4.00 s of 2 slots");
        assertThat(foretold.slotSeconds()).isEqualTo(40);
        assertThat(foretold.seconds()).isEqualTo(20);
        assertThat(account.now().taken()).isEqualTo(new Cost.Taken(1, 100, 36, 19));
    }

    @Test
    void aRunOfOneWaveForetellsNothing() {
        CostAccount account = account(Cost.unknown("p"));
        commit(account, 100, 4, 4, 3);
        assertThat(account.now().foretold()).isNull();
    }

    @Test
    void theEstimateOfAPlanIsKept() {
        Cost.Foretold planned = new Cost.Foretold("plan", "8 batches", 100, 2, 50, 25, 1e9);
        CostAccount account = account(Cost.unknown("p").foretold(planned));
        commit(account, 10, 4, 40, 3);
        assertThat(account.now().foretold()).isEqualTo(planned);
    }

    @Test
    void aRunThatGoesOnAddsToTheCostOfTheOneBefore(@TempDir Path directory) {
        Storage storage = Storage.at(directory.toString());
        CostAccount first = new CostAccount(Cost.of(storage, "p"), 300);
        commit(first, 200, 80, 120, 41);
        first.now().write(storage);
        CostAccount second = account(Cost.of(storage, "p"));
        commit(second, 100, 40, 40, 21);
        assertThat(second.now().taken()).isEqualTo(new Cost.Taken(2, 300, 120, 62));
        assertThat(second.now().foretold()).isEqualTo(first.now().foretold());
        assertThat(Cost.of(storage, "another plan")).isEqualTo(Cost.unknown("another plan"));
    }
}
