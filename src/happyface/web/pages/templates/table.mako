<%inherit file="base.mako"/>\
<div class="category-page">
<header class="heading"><h1>${view.outline.title}</h1>
<h2 class="state">${rows.table.label}, run of ${show.clock.full(view.run.time)}</h2>
<p class="description"><a href="${show.links.category(view.outline.category, view.outline.name)}">Back to the category</a></p></header>
<article class="card whole">${table}</article>
</div>
