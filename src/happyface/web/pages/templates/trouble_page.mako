<%inherit file="site.mako"/>\
<div class="overview">
<section class="headline" aria-labelledby="hf-headline">
<h1 id="hf-headline">${headline}</h1>
${lists}
<p class="more"><a href="${show.links.overview()}">To the overview</a></p>
</section>
</div>
