// Draws the charts of the page, and says in #status how that went. Without it the page is whole but for them.
"use strict";
(() => {
    const status = document.getElementById("status");
    const figures = [...document.querySelectorAll("figure.chart")];
    const font = getComputedStyle(document.body).fontFamily;

    /** Lines and letters take the page's colour, so that light, dark and print need no other drawing. */
    function theme(width) {
        const ink = "currentColor";
        const small = {labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal"};
        return {
            background: "transparent", font, padding: {left: 2, right: 8, top: 4, bottom: 4},
            view: {stroke: null},
            axis: {...small, labelColor: ink, titleColor: ink, domainColor: ink, tickColor: ink, gridColor: ink,
                labelOpacity: 0.8, titleOpacity: 0.8, domainOpacity: 0.4, tickOpacity: 0.4, gridOpacity: 0.12,
                labelOverlap: true, labelSeparation: 4, labelLimit: Math.max(100, width / 3), titlePadding: 8},
            axisX: {tickCount: Math.max(3, Math.floor(width / 90))},
            legend: {...small, labelColor: ink, titleColor: ink, orient: "top", direction: "horizontal", offset: 8,
                columns: Math.max(1, Math.floor(width / 125)), labelLimit: 200, symbolStrokeWidth: 2, symbolOpacity: 1,
                titleLimit: width},
            header: {labelColor: ink, titleColor: ink, labelFontSize: 12, titleFontSize: 12, labelFontWeight: "normal",
                titleFontWeight: "normal"},
            title: {color: ink, subtitleColor: ink, fontSize: 13, anchor: "start"},
            rule: {color: ink}, text: {color: ink, fontSize: 12},
        };
    }

    /** The specification with an object for every row of its data; what a row has not, its object has not. */
    function unpacked(spec) {
        const {columns, rows} = spec.data;
        const values = rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]]).filter(([, value]) => value !== null)));
        return {...spec, data: {values}};
    }

    /** A legend of many columns has those that fit if one is `column` wide. */
    const narrowed = (width, column) => (key, value) => key === "legend" && value?.columns
        ? {...value, columns: Math.max(1, Math.min(value.columns, Math.floor(width / column)))} : value;

    const facet = (spec) => spec.facet || spec.encoding?.facet;

    /** The specification for a drawing `width` wide; a small multiple is `cell` wide, in `columns`. */
    function sized(spec, width, columns, cell) {
        if (!facet(spec)) return {...spec, width, autosize: {type: "fit-x", contains: "padding"}};
        if (spec.encoding?.facet)
            return {...spec, width: cell, encoding: {...spec.encoding, facet: {...spec.encoding.facet, columns}}};
        return {...spec, columns, spec: {...spec.spec, width: cell}};
    }

    /** A box beside the pointer with the fields of what it points at. */
    const tip = document.createElement("div");
    tip.id = "tip";
    tip.hidden = true;
    document.body.append(tip);
    function tooltip(_handler, event, _item, value) {
        tip.hidden = value === null || value === undefined || value === "";
        if (tip.hidden) return;
        tip.replaceChildren();
        for (const [name, text] of typeof value === "object" ? Object.entries(value) : [["", value]]) {
            const line = tip.appendChild(document.createElement("div"));
            line.appendChild(document.createElement("span")).textContent = name;
            line.append(String(text));
        }
        const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
        const above = event.clientY + 18 + tip.offsetHeight > innerHeight;
        tip.style.left = `${Math.max(4, left)}px`;
        tip.style.top = `${above ? event.clientY - tip.offsetHeight - 10 : event.clientY + 18}px`;
    }

    async function draw(box, spec, width) {
        box.view?.finalize();
        const compiled = vegaLite.compile(spec, {config: theme(width)}).spec;
        box.view = new vega.View(vega.parse(compiled, null, {ast: true}), {
            container: box, renderer: "svg", expr: vega.expressionInterpreter, hover: true, tooltip,
            logLevel: vega.Warn,
        });
        await box.view.runAsync();
        return box.querySelector("svg").getBoundingClientRect().width;
    }

    /** Small multiples are drawn twice: their axes' widths are known only afterwards. */
    async function drawSized(box, spec, width) {
        if (!facet(spec)) return draw(box, sized(spec, width), width);
        const declared = spec.columns ?? spec.encoding?.facet?.columns ?? 3;
        const columns = Math.max(1, Math.min(declared, Math.floor(width / 200)));
        const cell = Math.floor(width / columns) - 40;
        const drawn = await draw(box, sized(spec, width, columns, cell), width);
        const better = Math.floor(cell + (width - drawn) / columns);
        if (Math.abs(width - drawn) >= columns) await draw(box, sized(spec, width, columns, better), width);
    }

    /** Columns of a legend grow until its longest name fits. */
    async function drawFitted(figure) {
        const box = figure.querySelector(".drawing");
        const width = Math.floor(box.clientWidth);
        for (const column of [120, 180, width]) {
            const text = figure.querySelector("script").textContent;
            await drawSized(box, unpacked(JSON.parse(text, narrowed(width, column))), width);
            const inside = box.querySelector("svg > g").getBoundingClientRect();
            if (inside.right <= box.getBoundingClientRect().right + 1) return;
        }
    }

    let turn = 0;  // of drawing: a newer one ends an older one
    async function drawAll() {
        const mine = ++turn;
        const errors = [];
        for (const figure of figures) {
            if (mine !== turn) return;
            try {
                await drawFitted(figure);
            } catch (error) {
                errors.push(`${figure.id}: ${error.message}`);
            }
        }
        status.textContent = errors.length ? `ERROR ${errors.join("; ")}`
            : `rendered ${figures.length} chart${figures.length === 1 ? "" : "s"}`;
    }

    let width = document.documentElement.clientWidth;
    let waiting = 0;
    addEventListener("resize", () => {
        if (width === document.documentElement.clientWidth) return;
        width = document.documentElement.clientWidth;
        clearTimeout(waiting);
        waiting = setTimeout(drawAll, 150);
    });

    /** On paper every table is open but the long ones. */
    let opened = [];
    addEventListener("beforeprint", () => {
        opened = [...document.querySelectorAll("details:not([open], .long)")];
        for (const details of opened) details.open = true;
    });
    addEventListener("afterprint", () => {
        for (const details of opened) details.open = false;
    });

    if (typeof vega === "undefined") status.textContent = "charts were not built in";
    else drawAll();
})();
