/// How many requests a dialect lets through: token buckets, refilled steadily.
package struct RateLimits: Sendable {
    package struct Bucket: Sendable {
        package let perSecond: Double
        package let capacity: Double

        package init(perSecond: Double, capacity: Double) {
            self.perSecond = perSecond
            self.capacity = capacity
        }
    }

    /// For each organization and route.
    package let route: Bucket
    /// For each organization.
    package let organization: Bucket

    package init(route: Bucket, organization: Bucket) {
        self.route = route
        self.organization = organization
    }
}
