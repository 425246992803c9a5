import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// The API of a gateway that runs on this machine, used with the administrator's key of its first start.
struct LocalGateway {
    let url: String
    let organization: String
    let token: String

    /// For what the API answers.
    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    /// Nil when no gateway runs in the data directory.
    init?(dataDirectory: String, token: String?) throws {
        guard let running = try? RunningGateway(dataDirectory: dataDirectory) else { return nil }
        let key = try running.firstKey(in: dataDirectory)
        url = running.url
        organization = key.organization
        self.token = token ?? key.token
    }

    /// The body of a good answer. Throws `ConfigurationError` with what the gateway says is wrong; nil
    /// when nothing answers there any more.
    func request(_ method: HTTPMethod, _ path: String, body: [String: String]? = nil, flag: Bool? = nil)
        async throws
        -> Data?
    {
        var request = HTTPClientRequest(url: "\(url)/api/org/\(organization)\(path)")
        request.method = method
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.headers.add(name: "Content-Type", value: "application/json")
        if let body { request.body = .bytes(Array(try JSONEncoder().encode(body))) }
        if let flag { request.body = .bytes(Array(try JSONEncoder().encode(["paused": flag]))) }
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(request, timeout: .seconds(45))
        } catch let error as HTTPClientError where error == .deadlineExceeded || error == .readTimeout {
            throw ConfigurationError("the gateway at \(url) does not answer")
        } catch {
            // A process that was killed leaves its runtime.json behind.
            return nil
        }
        let answer = try await response.body.collect(upTo: 4 * 1_048_576)
        let data = Data(answer.readableBytesView)
        guard (200..<300).contains(response.status.code) else {
            struct Problem: Decodable { var message: String }
            let problem = try? JSONDecoder().decode(Problem.self, from: data)
            throw ConfigurationError(problem?.message ?? "the gateway answered \(response.status.code)")
        }
        return data
    }
}
