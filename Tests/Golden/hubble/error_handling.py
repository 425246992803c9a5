def make_hubble_request(method, endpoint, **kwargs):
    url = f"https://api.hubble.com{endpoint}"
    headers = {
        "Authorization": f"Bearer {API_TOKEN}",
        **kwargs.get("headers", {})
    }

    response = requests.request(method, url, headers=headers, **kwargs)

    if response.status_code == 401:
        raise AuthenticationError("Invalid API token")
    elif response.status_code == 403:
        raise PermissionError("Insufficient scopes")
    elif response.status_code == 429:
        retry_after = int(response.headers.get("Retry-After", 60))
        raise RateLimitError(f"Rate limited. Retry after {retry_after}s")
    elif response.status_code >= 500:
        raise ServerError("Hubble API server error")

    response.raise_for_status()
    return response.json()
