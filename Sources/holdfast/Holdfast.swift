import ArgumentParser

@main struct Holdfast: AsyncParsableCommand {}
