<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"includeIndicatorStyles": false, "allowEval": false, "selfRequestsOnly": true, "historyCacheSize": 0}'>
<link rel="icon" type="image/svg+xml" href="${links.static(f'faces/{face}.svg')}">
<link rel="stylesheet" href="${links.static('bundle/happyface.css')}">
<script src="${links.static('bundle/happyface.js')}" defer></script>
</head>
<body>
<a class="skip" href="#hf-main">Skip to the content</a>
${sprite}
<div id="hf-page"${reload}>
<header class="top">
<a class="brand" href="${links.overview()}">${show.face(face)}<span><b>${page.title}</b> <small>${brand}</small></span></a>
% if page.logo:
<img class="logo" src="${page.logo}" alt="">
% endif
${next.machine()}
<div class="aside">
${next.freshness()}
% if page.documentation_url:
<a href="${page.documentation_url}" rel="noopener noreferrer">Documentation</a>
% endif
</div>
</header>
<section class="notices" aria-label="Notices">
<p class="notice lost" hidden>This page cannot be renewed: the server does not answer. It is as of ${clock.full(page.now)}.</p>
% if page.problems:
<details class="notice problems" id="hf-problems"><summary>The configuration has ${some(len(page.problems), "problem", "problems")}; what was valid before stays in use</summary>
<ul>
% for problem in page.problems:
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
<%def name="machine()"></%def>\
<%def name="freshness()"></%def>\
<%def name="notices()"></%def>\
<%def name="bar()"></%def>\
<%def name="foot()"><p>HappyFace · times are in ${clock.zone_name(page.now)}</p></%def>\
