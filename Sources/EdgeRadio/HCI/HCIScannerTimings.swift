/// How long a scanner waits for what. The defaults are for real controllers; tests shorten them.
package struct HCIScannerTimings: Hashable, Sendable {
    /// Without a single report for this long, the scan is set again: it may have died silently.
    package var silence: Duration = .seconds(30)
    /// A command without an answer for this long means that the controller is lost.
    package var commandAnswer: Duration = .seconds(2)
    /// How long another program's scan is left in force.
    package var othersScan: Duration = .seconds(20)
    /// How long after another program has stopped the scan it is set again, because programs that
    /// change parameters stop and start it in one go.
    package var afterOthersStop: Duration = .milliseconds(200)
    /// How long after an adapter comes up it is opened, so that the kernel can finish its setup.
    package var afterUp: Duration = .milliseconds(250)
    /// How long a hardware error, a power cycle or a block is left to itself before another attempt.
    package var settling: Duration = .seconds(1)
    /// How often an adapter that is missing is looked for, in case its announcement was lost.
    package var missingAdapter: Duration = .seconds(30)
    /// The first and the longest pause between attempts that fail.
    package var firstRetry: Duration = .milliseconds(500)
    package var longestRetry: Duration = .seconds(30)

    package init() {}
}
