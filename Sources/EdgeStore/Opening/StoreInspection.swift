import EdgeModel
import GRDB
import Glibc

/// Looks a database over without writing to it, beside a gateway that runs or not.
package struct StoreInspection {
    package struct Finding: Sendable {
        package var text: String
        package var isGood: Bool
    }

    private let directory: String

    package init(directory: String) { self.directory = directory }

    /// SQLite's own check, every packet's checksum, the high-water mark, the room on the disk.
    package func run() -> [Finding] {
        guard access(directory, F_OK) == 0 else {
            return [Finding(text: "data directory: \(directory) is not there", isGood: false)]
        }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        do {
            let database = try DatabaseQueue(path: directory + "/holdfast.db", configuration: configuration)
            var findings = try database.read { try inspect($0) }
            findings += try journal()
            findings.append(room())
            return findings
        } catch {
            return [Finding(text: "database: \(error)", isGood: false), room()]
        }
    }

    private func inspect(_ database: Database) throws -> [Finding] {
        let verdicts = try String.fetchAll(database, sql: "PRAGMA quick_check(5)")
        var findings = [
            Finding(text: "structure: \(verdicts.joined(separator: "; "))", isGood: verdicts == ["ok"])
        ]
        let (count, bad) = try checkRows(database)
        findings.append(
            Finding(text: "packets: \(count), \(bad) not as they were written", isGood: bad == 0))
        let known = try Identity.fetch(database)
        if let mark = try? HighWaterMark(path: directory + "/high-water").read(), let known {
            let isGood = mark.epoch == known.epoch && known.sequence >= mark.sequence
            findings.append(
                Finding(
                    text: "high-water mark: \(mark.sequence), database at \(known.sequence)", isGood: isGood))
        } else {
            findings.append(Finding(text: "high-water mark: none", isGood: false))
        }
        findings += try UpstreamInspection(database: database).run()
        return findings
    }

    /// What waits for the next start, or for the next commit of a gateway that runs.
    private func journal() throws -> [Finding] {
        let remains = try HeardJournal.remains(in: directory)
        guard !remains.entries.isEmpty || remains.damages > 0 else { return [] }
        var text = "journal: \(remains.entries.count) sightings wait to be taken up"
        if remains.damages > 0 { text += ", damaged in \(remains.damages) places" }
        return [Finding(text: text, isGood: remains.damages == 0)]
    }

    private func checkRows(_ database: Database) throws -> (count: Int, bad: Int) {
        let row = try FastStatement(
            database,
            """
            SELECT sequence, id, device, payload, counter, sequence_number, received_at, gateway, rssi,
                checksum FROM packet
            """)
        var (count, bad) = (0, 0)
        while try row.next() {
            count += 1
            guard let id = row.identifier(1) else {
                bad += 1
                continue
            }
            let sum = PacketChecksum.of(
                id: id, device: row.int(2), payload: row.bytes(3),
                numbers: (
                    row.int(0), row.intIfAny(4), row.intIfAny(5), row.int(6), row.int(7), row.intIfAny(8)
                ))
            if sum != row.int(9) { bad += 1 }
        }
        return (count, bad)
    }

    private func room() -> Finding {
        let ballast = Ballast(path: directory + "/ballast")
        let free = ballast.freeBytes()
        return Finding(
            text: "disk: \(free / 1_048_576) MiB free, ballast \(ballast.isHeld ? "held" : "given up")",
            isGood: free >= Ballast.size)
    }
}
