import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// The people of an organization: list, add, change, remove.
struct UserRoutes {
    let core: EdgeCore

    var routes: [Route] { [list, add, update, remove].about("Users") }

    private var list: Route {
        Route(
            .get, "/api/org/{org_id}/users", "/v1/org/{org_id}/users",
            access: .permitted(Permission(.users, .read)), summary: "List users",
            parameters: PageRequest.parameters,
            responses: [
                .init(
                    200, "One page",
                    .whole([
                        .init("users", .array(UserView.schema)), .init("total_count", .integer(minimum: 0)),
                        .init("page", .integer(minimum: 1)), .init("per_page", .integer(minimum: 1)),
                    ]).example(PeopleExamples.users))
            ] + CommonResponses.errors(400)
        ) { [core] call in
            let page = try PageRequest(call.query)
            let found = try await core.users.list(
                call.organization, offset: page.offset, limit: page.size)
            let shape = Shape(call)
            return .json { json in
                json.object { json in
                    json.array("users", found.users) { UserView(user: $1, shape: shape).write(to: &$0) }
                    json.field("total_count", found.total)
                    page.write(to: &json)
                }
            }
        }
    }

    private var add: Route {
        Route(
            .post, "/api/org/{org_id}/users", "/v1/org/{org_id}/users",
            access: .permitted(Permission(.users, .write)), summary: "Add a user who has an account",
            description: "Somebody without an account gets an invitation instead.",
            request: AddUserBody.schema.example(PeopleExamples.addUser),
            responses: [
                .init(201, "Added", UserView.answerSchema.example(PeopleExamples.addedUser)),
                .init(200, "Added, official shape", UserView.answerSchema),
            ] + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let body = try call.json(as: AddUserBody.self)
            let user = try await core.users.add(
                body.email, as: Role.checked(body.role), by: call.principal)
            let shape = Shape(call)
            return .json(shape == .official ? 200 : 201) {
                UserView(user: user, shape: shape).writeAnswer(to: &$0)
            }
        }
    }

    private var update: Route {
        Route(
            .patch, "/api/org/{org_id}/users/{user_id}", "/v1/org/{org_id}/users/{user_id}",
            access: .permitted(Permission(.users, .write)), summary: "Change a user's role or name",
            description: "A new role holds from the next request on.",
            request: UpdateUserBody.schema.example(PeopleExamples.updateUser),
            responses: [
                .init(200, "The user as it is now", UserView.answerSchema.example(PeopleExamples.updatedUser))
            ]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let change = try call.json(as: UpdateUserBody.self).change()
            let id = AccountID(try call.parameter("user_id"))
            let user = try await core.users.update(id, change, by: call.principal)
            let shape = Shape(call)
            return .json { UserView(user: user, shape: shape).writeAnswer(to: &$0) }
        }
    }

    private var remove: Route {
        let key = Schema.whole([.init("key_id", .text), .init("name", .text)])
        return Route(
            .delete, "/api/org/{org_id}/users/{user_id}", "/v1/org/{org_id}/users/{user_id}",
            access: .permitted(Permission(.users, .write)), summary: "Remove a user",
            description: "Ends the user's sessions at once. The organization's keys stay good.",
            responses: [
                .init(
                    200, "Removed",
                    .whole([
                        .init("message", .text), .init("user_id", .text),
                        .init("organization_keys", .array(key), "Keys that stay good"),
                    ]).example(PeopleExamples.removedUser))
            ] + CommonResponses.errors(404, 409, 507)
        ) { [core] call in
            let id = AccountID(try call.parameter("user_id"))
            let keys = try await core.users.remove(id, by: call.principal)
            return .json { json in
                json.object { json in
                    json.field("message", "User successfully removed")
                    json.field("user_id", id.rawValue)
                    json.array("organization_keys", keys) { json, key in
                        json.object {
                            $0.field("key_id", key.id.rawValue)
                            $0.field("name", key.name)
                        }
                    }
                }
            }
        }
    }
}
