<%inherit file="base.mako"/>\
<%namespace name="cards" file="card.mako"/>\
<div class="category-page">
<header class="heading"><h1>${view.outline.title}</h1>
<p class="state">run of ${show.clock.full(view.run.time)}</p>
<p class="description"><a href="${show.links.category(view.outline.category, view.outline.name)}">Back to the category</a></p></header>
${cards.card(view, content, False)}
</div>
