/** The console's texts; the browser's language chooses. */
const catalogues = {
  'en-US': {
    claim: 'Things that happen when devices speak.',
    username: 'User name',
    password: 'Password',
    logIn: 'Log in',
    logOut: 'Log out',
    loggedInAs: 'Logged in as',
    openEditor: 'Open the flow editor',
    tryApi: 'Try the API',
    editorStarting: 'The editor is starting',
    editorStartingHint: 'This page opens it as soon as it is ready.',
    wrongLogIn: 'The user name or the password is wrong.',
    tooMany: 'Too many attempts. Try again in {seconds} s.',
    unreachable: 'The platform does not answer. Try again in a moment.',
    failed: 'That did not work ({status}). Try again in a moment.',
    apiHint: 'Choose an operation, fill in what it needs, send it. Your session is used.',
    notLoggedIn: 'You are not logged in: most operations will answer 401.',
    send: 'Send',
    body: 'Body (JSON)',
  },
  'pt-BR': {
    claim: 'Coisas que acontecem quando dispositivos falam.',
    username: 'Nome de usuário',
    password: 'Senha',
    logIn: 'Entrar',
    logOut: 'Sair',
    loggedInAs: 'Conectado como',
    openEditor: 'Abrir o editor de fluxos',
    tryApi: 'Experimentar a API',
    editorStarting: 'O editor está iniciando',
    editorStartingHint: 'Esta página o abre assim que estiver pronto.',
    wrongLogIn: 'O nome de usuário ou a senha está incorreto.',
    tooMany: 'Tentativas demais. Tente de novo em {seconds} s.',
    unreachable: 'A plataforma não responde. Tente de novo em instantes.',
    failed: 'Não funcionou ({status}). Tente de novo em instantes.',
    apiHint: 'Escolha uma operação, preencha o necessário e envie. A sua sessão é usada.',
    notLoggedIn: 'Você não está conectado: a maioria das operações responderá 401.',
    send: 'Enviar',
    body: 'Corpo (JSON)',
  },
};

const language = navigator.language.toLowerCase().startsWith('pt') ? 'pt-BR' : 'en-US';

/** The text of a key, with `{name}` replaced by the value of that name. */
export function text(key, values = {}) {
  return catalogues[language][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** Puts the reader's language into every element that names a text. */
export function translatePage() {
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll('[data-text]')) element.textContent = text(element.dataset.text);
}
