def fetch_all_pages(url, headers):
    results = []
    continuation_token = None

    while True:
        if continuation_token:
            headers["Continuation-Token"] = continuation_token

        response = requests.get(url, headers=headers)
        data = response.json()
        results.extend(data.get("items", []))

        continuation_token = response.headers.get("Continuation-Token")
        if not continuation_token:
            break

    return results
