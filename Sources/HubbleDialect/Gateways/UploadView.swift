import EdgeHTTP
import EdgeModel

/// What an uploader is told about its batch.
struct UploadView {
    let receipt: UploadReceipt
    let batchID: String?

    static let schema = Schema.object(
        [
            .init("batchId", .text), .init("accepted", .integer(minimum: 0)),
            .init("rejected", .integer(minimum: 0)), .init("rejections", .map(.integer()), "By reason"),
        ], required: ["accepted", "rejected"])

    func write(to json: inout JSONWriter) {
        json.object { json in
            if let batchID { json.field("batchId", batchID) }
            json.field("accepted", receipt.accepted)
            json.field("rejected", receipt.rejected)
            guard !receipt.rejections.isEmpty else { return }
            json.object("rejections") { json in
                for (reason, count) in receipt.rejections.sorted(by: { $0.key < $1.key }) {
                    json.key(dynamic: reason)
                    json.value(count)
                }
            }
        }
    }
}
