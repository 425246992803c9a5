package import EdgeModel

/// What was found when the database was opened, in words that an operator can act on.
package struct StoreOpening: Sendable {
    package enum State: Hashable, Sendable {
        /// There was no database yet.
        case created
        /// It is the one that was closed or left last time.
        case continued
        /// It is a valid database, but not the one that the high-water mark knows: a backup was
        /// put back, or the mark was lost. A new epoch was begun.
        case replaced
        /// It is behind its high-water mark: that many acknowledged packets are gone. A new epoch
        /// was begun.
        case behind(lost: Int64)
        /// It could not be opened and was set aside under the name given; `saved` rows were read
        /// out of it into a new database, with a new epoch.
        case salvaged(setAside: String, saved: Int, problem: String)
    }

    package var state: State
    package var epoch: UniqueID
    package var lastSequence: Int64

    package var summary: String {
        switch state {
        case .created: "a new database"
        case .continued: "the database is as it was left"
        case .replaced:
            "the database is not the one this directory had last: a new epoch was begun"
        case .behind(let lost):
            "the database is behind its high-water mark: \(lost) acknowledged packets are gone, a new epoch was begun"
        case .salvaged(let setAside, let saved, let problem):
            "the database was damaged (\(problem)): \(saved) rows were saved into a new one, the damaged one is kept as \(setAside)"
        }
    }

    package var isTrouble: Bool {
        switch state {
        case .created, .continued: false
        case .replaced, .behind, .salvaged: true
        }
    }
}
