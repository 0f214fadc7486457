//! Parameters of a SQL database.

use crate::design::{Distribution, choice, params, variant};

variant! {
    /// What keeps writes of the same row from disturbing each other.
    pub enum Concurrency tag "concurrency" {
        /// A write replaces what is there without looking at it. Nothing is lost, because nothing was read.
        LastWriteWins = "last_write_wins", "Nothing: the last one wins" {
        }
        /// Each write reads its row, changes it and writes it back, unprotected. If another was committed meanwhile, that one's change is overwritten: a lost update.
        ReadModifyWrite = "read_modify_write", "Nothing: read, change, write back" {
        }
        /// Read, change, and write back only if the row still has the version that was read; otherwise do it again (a version column, `WHERE version = …`).
        Optimistic = "optimistic", "Optimistic: check the version" {
            /// Attempts before the write fails with a conflict.
            attempts: u32 = 3, label "Attempts", range 1..=100;
        }
        /// Lock the row, read, change, write back, unlock (`SELECT … FOR UPDATE`). Writes of one row take turns, each holding its connection while it waits.
        RowLocks = "row_locks", "Row locks" {
            /// A write that has waited this long for its row fails with a conflict (InnoDB waits 50 s unless told otherwise).
            lock_wait_ms: f64 = 1000.0, label "Lock wait timeout", unit "ms", range 0.001..=3_600_000.0;
        }
    }
}

choice! {
    /// When a write is committed.
    pub enum Replication {
        /// At once; the replicas get it later. They lag, and what they have not received is lost if the primary is.
        Asynchronous = "asynchronous", "Asynchronous";
        /// When one replica has received it (MySQL's term). Replicas may still lag, but nothing committed is lost.
        SemiSynchronous = "semi_synchronous", "Semi-synchronous";
        /// When every replica that is up has applied it. Replicas never lag behind what is committed; writes wait for the slowest.
        Synchronous = "synchronous", "Synchronous";
    }
}

choice! {
    /// Who answers reads.
    pub enum ReadsFrom {
        /// The replicas, in turn; the primary if none is up.
        Replicas = "replicas", "Replicas";
        /// The primary; replicas only stand by.
        Primary = "primary", "Primary";
        /// All in turn.
        All = "all", "Primary and replicas";
    }
}

params! {
    /// Replicas that follow the primary.
    pub struct Replicas {
        /// How many. In a fault, instance 0 is the first primary and the replicas are 1, 2, ….
        count: u32 = 1, label "Replicas", range 1..=5;
        /// When a write is committed.
        replication: Replication = Replication::Asynchronous, label "Replication";
        /// Time until a replica has received a write.
        delay: Distribution = Distribution::Constant { mean_ms: 20.0 }, label "Replication delay";
        /// Time a replica takes to apply one write; it applies them one after the other.
        apply_time: Distribution = Distribution::Constant { mean_ms: 0.5 }, label "Apply time";
        /// Who answers reads.
        reads_from: ReadsFrom = ReadsFrom::Replicas, label "Reads go to";
        /// A replica takes over once the primary has been down for this long. Off: everybody waits until it is back.
        failover_after_ms: Option<f64> = Some(5000.0), label "Failover after", unit "ms", range 0.0..=3_600_000.0;
        /// Time the replica takes to become the primary.
        promotion_ms: f64 = 3000.0, label "Promotion", unit "ms", range 0.0..=3_600_000.0;
    }
}

params! {
    /// Reads that no index helps.
    pub struct Scans {
        /// Share of reads without an index.
        share: f64 = 0.1, label "Share of reads", range 0.0..=1.0;
        /// Rows of the table: a scan looks at every one, an index leads straight to the right one.
        rows: u64 = 100_000, label "Rows", unit "rows", range 1..=1_000_000_000_000;
        /// Rows looked at in a millisecond, on top of the read time.
        rows_per_ms: f64 = 1000.0, label "Scan speed", unit "rows/ms", range 0.001..=1_000_000_000.0;
    }
}

params! {
    /// What the disk can do. A write is one operation; so is a read of a row that is not in memory.
    pub struct DiskParams {
        /// Operations a second, one after the other.
        iops: f64 = 3000.0, label "Operations", unit "per s", range 0.1..=10_000_000.0;
        /// Rows held in memory (the buffer pool), the least recently used forgotten first.
        memory_rows: u64 = 10_000, label "Rows in memory", unit "rows", range 1..=10_000_000;
    }
}

params! {
    /// Parameters of a SQL database.
    pub struct SqlDatabaseParams {
        /// Queries the database works on at once; each holds a connection until it is answered. Replicas have as many each.
        connections: u32 = 32, label "Connections", unit "connections", range 1..=100_000;
        /// Time a read holds its connection.
        read_time: Distribution = Distribution::Exponential { mean_ms: 8.0 }, label "Read time";
        /// Time a write holds its connection.
        write_time: Distribution = Distribution::Exponential { mean_ms: 12.0 }, label "Write time";
        /// Queries that may wait for a connection; those beyond are refused.
        queue_limit: u32 = 1000, label "Queue limit", unit "queries", range 0..=1_000_000;
        /// Replicas that follow the primary. Off: one server.
        replicas: Option<Replicas> = None, label "Replicas";
        /// What keeps writes of the same row apart.
        concurrency: Concurrency = Concurrency::LastWriteWins {}, label "Concurrent writes";
        /// A write made again (a retry, a redelivery) is recognised and not done twice.
        idempotency_keys: bool = false, label "Idempotency keys";
        /// Units that each row has to give, one a write, as seats are sold; then writes fail with a conflict. Off: without end.
        stock: Option<u64> = None, label "Stock per row", unit "units", range 0..=1_000_000_000;
        /// Reads that no index helps. Off: none.
        scans: Option<Scans> = None, label "Scans";
        /// What the disk can do. Off: anything.
        disk: Option<DiskParams> = None, label "Disk";
    }
}
