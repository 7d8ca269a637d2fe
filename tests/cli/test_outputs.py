"""What a command writes."""

from arguments import BASE, QUICK


def test_a_mistake_after_the_work_began_leaves_no_report(run, table, tmp_path):
    status, _, err = run("audit", "t.csv", *BASE, "--target", "one", "--report", "r.html")
    assert status == 2
    assert "one" in err
    assert not (tmp_path / "r.html").exists()


def test_a_report_that_cannot_be_written_leaves_the_others_unwritten(run, table, tmp_path):
    (tmp_path / "full.md").symlink_to("/dev/full")
    before = sorted(tmp_path.iterdir())
    status, _, err = run("audit", "t.csv", *BASE, *QUICK, "--quiet", "--report", "r.html", "--report", "full.md")
    assert status == 2
    assert "full.md" in err
    assert sorted(tmp_path.iterdir()) == before
