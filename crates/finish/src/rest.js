
// What follows is not wasm-bindgen's: the module came apart into what opening the page needs and the rest (crates/finish).
// The rest comes when somebody first touches the page, or at the latest when a function of it is called. In the second case the
// call cannot wait for a promise: the request and the compilation are done on the spot.
const restUrl = new URL('REST_FILE', import.meta.url);
let restModule;

function loadRest() {
    try {
        restModule ??= fetchRestNow();
        new WebAssembly.Instance(restModule, { first: wasm });
    } catch (problem) {
        restMissing();
        throw problem;
    }
}

function fetchRestNow() {
    // A worker says that it is not dead, only waiting.
    if (typeof window === 'undefined') self.postMessage('loading');
    const request = new XMLHttpRequest();
    request.open('GET', restUrl, false);
    // Bytes as characters: the page may not ask for a buffer when it waits for the answer.
    request.overrideMimeType('text/plain; charset=x-user-defined');
    request.send();
    if (request.status !== 200 && request.status !== 0) throw new Error(`${restUrl}: ${request.status}`);
    const text = request.responseText;
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    if (typeof window === 'undefined') self.postMessage('loaded');
    return new WebAssembly.Module(bytes);
}

function restMissing() {
    if (typeof document === 'undefined' || document.getElementById('rest-missing')) return;
    const box = document.createElement('div');
    box.id = 'rest-missing';
    box.className = 'rest-missing';
    box.setAttribute('role', 'alert');
    box.append('A part of Backpressure could not be loaded. Your design is kept in this browser. Check the connection, then reload.');
    const button = document.createElement('button');
    button.className = 'button button-primary';
    button.textContent = 'Reload';
    button.onclick = () => location.reload();
    box.append(button);
    document.body.append(box);
}

if (typeof window !== 'undefined') {
    const touched = () => {
        for (const kind of ['pointerdown', 'keydown']) removeEventListener(kind, touched, true);
        // Without success here, the first call tries again and says so.
        fetch(restUrl).then((answer) => WebAssembly.compileStreaming(answer)).then((module) => { restModule ??= module; }, () => {});
    };
    for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, touched, { capture: true, passive: true });
}
