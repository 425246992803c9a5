extension Array {
    /// Appends to an array that is large and long-lived. Where `append` makes room for as many elements
    /// again, this makes room for an eighth more; the cost of an element is still bounded.
    package mutating func appendInSteps(_ element: Element) {
        if count == capacity { reserveCapacity(count + count / 8 + 8) }
        append(element)
    }
}
