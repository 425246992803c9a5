import EdgeCore
import EdgeHTTP
import EdgeModel
import HTTPTypes

/// The organization itself: read, change.
struct OrganizationRoutes {
    let core: EdgeCore

    var routes: [Route] { [get, update].about("Organization") }

    private var get: Route {
        Route(
            .get, "/api/org/{org_id}", "/v1/org/{org_id}",
            access: .permitted(Permission(.organization, .read)), summary: "Read the organization",
            responses: [
                .init(200, "The organization", OrganizationView.schema.example(PeopleExamples.organization))
            ]
                + CommonResponses.errors(404)
        ) { [core] call in
            let organization = try await core.profiles.get(call.organization)
            let shape = Shape(call)
            return .json { OrganizationView(organization: organization, shape: shape).write(to: &$0) }
        }
    }

    private var update: Route {
        Route(
            .patch, "/api/org/{org_id}", "/v1/org/{org_id}",
            access: .permitted(Permission(.organization, .write)), summary: "Change the organization",
            description: "What is not named stays; null takes a text away.",
            request: OrganizationBody.schema.example(PeopleExamples.updateOrganization),
            responses: [
                .init(
                    200, "The organization as it is now",
                    OrganizationView.schema.example(PeopleExamples.organization))
            ]
                + CommonResponses.errors(400, 404, 409, 413, 507)
        ) { [core] call in
            let change = try call.json(as: OrganizationBody.self).change
            let organization = try await core.profiles.update(
                call.organization, change, by: call.principal)
            let shape = Shape(call)
            return .json { OrganizationView(organization: organization, shape: shape).write(to: &$0) }
        }
    }
}
