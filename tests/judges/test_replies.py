from concurrent.futures import ThreadPoolExecutor

from mmpeft.judges.replies import Reply, ReplyStore

REQUEST = {"url": "http://127.0.0.1/v1", "body": {"model": "m", "temperature": 0}}


def reply(text: str) -> Reply:
    return Reply(text=text, finish_reason="stop", model="m", prompt_tokens=None, reply_tokens=2)


def test_a_reply_is_found_by_the_content_of_its_request(tmp_path):
    store = ReplyStore(tmp_path)
    assert store.get(REQUEST) is None
    store.put(REQUEST, reply("naïve ›"))
    reordered = {"body": {"temperature": 0, "model": "m"}, "url": REQUEST["url"]}
    assert ReplyStore(tmp_path).get(reordered) == reply("naïve ›")
    assert store.get({**REQUEST, "url": "http://127.0.0.1/v2"}) is None


def test_many_writers_of_one_reply_leave_one_whole_file(tmp_path):
    store = ReplyStore(tmp_path)
    texts = [str(number) * 10_000 for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: store.put(REQUEST, reply(text)), texts * 5))
    assert store.get(REQUEST).text in texts
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1
