//! What the path of a container's log file says of the container.

/// `<pod>_<namespace>_<container>-<64 hex digits>.log`, as the kubelet names its links in `/var/log/containers`.
pub(super) fn of_kubernetes(path: &str) -> Vec<(&'static str, String)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, _)) = name.split_once(".log") else { return Vec::new() };
    let mut parts = stem.splitn(3, '_');
    let (Some(pod), Some(namespace), Some(container)) = (parts.next(), parts.next(), parts.next()) else { return Vec::new() };
    let mut attributes = vec![("k8s.pod.name", pod.to_owned()), ("k8s.namespace.name", namespace.to_owned())];
    match container.rsplit_once('-') {
        Some((name, id)) if is_id(id) => {
            attributes.extend([("k8s.container.name", name.to_owned()), ("container.id", id.to_owned())]);
        }
        _ => attributes.push(("k8s.container.name", container.to_owned())),
    }
    attributes
}

/// `<id>/<id>-json.log`, as Docker names them; the container's name stands in `config.v2.json` beside it.
pub(super) fn of_docker(path: &str) -> Vec<(&'static str, String)> {
    let mut parts = path.rsplit('/').skip(1);
    let Some(id) = parts.next().filter(|id| is_id(id)) else { return Vec::new() };
    let mut attributes = vec![("container.id", id.to_owned())];
    let folder = &path[..path.rfind('/').unwrap_or(0)];
    if let Ok(config) = std::fs::read(format!("{folder}/config.v2.json"))
        && let Ok(config) = serde_json::from_slice::<serde_json::Value>(&config)
        && let Some(name) = config["Name"].as_str()
    {
        attributes.push(("container.name", name.trim_start_matches('/').to_owned()));
    }
    attributes
}

/// Files that no container wrote.
pub(super) fn of_none(_: &str) -> Vec<(&'static str, String)> {
    Vec::new()
}

fn is_id(text: &str) -> bool {
    text.len() >= 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn paths_of_kubernetes_name_pod_namespace_and_container() {
        for (path, told) in [
            (
                format!("/var/log/containers/shop-7d4-x2_prod_web-app-{ID}.log"),
                format!("k8s.pod.name=shop-7d4-x2 k8s.namespace.name=prod k8s.container.name=web-app container.id={ID}"),
            ),
            ("pod_ns_name.log".into(), "k8s.pod.name=pod k8s.namespace.name=ns k8s.container.name=name".into()),
            ("/var/log/app.log".into(), String::new()),
            ("/var/log/app".into(), String::new()),
        ] {
            let attributes: Vec<String> = of_kubernetes(&path).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!(attributes.join(" "), told, "{path}");
        }
    }

    #[test]
    fn paths_of_docker_name_the_container_and_its_folder_how_people_call_it() {
        let folder = tempfile::tempdir().unwrap();
        let container = folder.path().join(ID);
        std::fs::create_dir(&container).unwrap();
        let path = container.join(format!("{ID}-json.log")).display().to_string();
        assert_eq!(of_docker(&path), [("container.id", ID.to_owned())]);
        std::fs::write(container.join("config.v2.json"), r#"{"ID":"x","Name":"/shop-1"}"#).unwrap();
        assert_eq!(of_docker(&path), [("container.id", ID.to_owned()), ("container.name", "shop-1".to_owned())]);
        assert_eq!(of_docker("/var/log/app/app-json.log"), []);
    }
}
