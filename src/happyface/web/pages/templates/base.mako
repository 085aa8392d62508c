<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"includeIndicatorStyles": false, "allowEval": false, "selfRequestsOnly": true, "historyCacheSize": 0}'>
<link rel="icon" type="image/svg+xml" href="${show.links.static(f'faces/{face}.svg')}">
<link rel="stylesheet" href="${show.links.static('bundle/happyface.css')}">
<script src="${show.links.static('bundle/happyface.js')}" defer></script>
</head>
<body>
<a class="skip" href="#hf-main">Skip to the content</a>
${sprite}
<div id="hf-page"${reload}>
<header class="top">
<a class="brand" href="${show.links.overview()}">${show.face(face)}<span><b>${show.title}</b> <small>${"" if show.title == "HappyFace" else "HappyFace"}</small></span></a>
% if show.logo:
<img class="logo" src="${show.logo}" alt="">
% endif
${next.time_machine()}
<div class="aside">
${next.freshness()}
% if show.documentation_url:
<a href="${show.documentation_url}" rel="noopener noreferrer">Documentation</a>
% endif
</div>
</header>
<section class="notices" aria-label="Notices">
<p class="notice lost" hidden>This page cannot be renewed: the server does not answer.</p>
% if show.lost_since:
<p class="notice stale" role="status">The database was found empty on <b>${show.clock.full(show.lost_since)}</b>: what HappyFace knew until then is lost. Tell its administrator; the log of acquisition says what to do.</p>
% endif
% if show.problems:
<details class="notice problems" id="hf-problems"><summary>The configuration has ${count_of(len(show.problems), "problem", "problems")}; what was valid before stays in use</summary>
<ul>
% for problem in show.problems:
<li>${problem}</li>
% endfor
</ul></details>
% endif
${next.notices()}
</section>
${next.bar()}
<main id="hf-main" tabindex="-1">
${next.body()}
</main>
<footer class="foot">
${next.foot()}
</footer>
</div>
</body>
</html>
<%def name="time_machine()"></%def>\
<%def name="freshness()"></%def>\
<%def name="notices()"></%def>\
<%def name="bar()"></%def>\
<%def name="foot()"><p>HappyFace · times are in ${show.clock.zone_name(show.clock.page_time)}</p></%def>\
